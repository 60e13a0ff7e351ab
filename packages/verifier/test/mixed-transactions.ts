import { assemble, deployer, type Mnemonic } from "@fb/compliance/evm";
import { encodeValues } from "@fb/precompiled";
import { createSeededRng } from "@fb/runtime/testing";
import type { CompiledContract } from "@fb/testkit/solidity";
import {
  type Address,
  bigTo32,
  bytesToBig,
  type CryptoSuite,
  concatBytes,
  contractAddress,
  EMPTY,
  fromHex,
} from "@fb/types";
import { Interface } from "ethers";
import { type TestAccount, testAccount, testNodes } from "./accounts.ts";
import type { TestChain } from "./chain.ts";
import { reserved } from "./hostile-programs.ts";
import { PROGRAMS, type ProgramName } from "./mixed-programs.ts";
import { mixedTables } from "./mixed-tables.ts";

export const SENDERS = 40;
const GWEI = 10n ** 9n;
const SUPPLY = 10n ** 24n;
const FORWARDERS: readonly ProgramName[] = ["call", "call", "callCode", "delegate", "static", "undo"];
const NAMES = Object.keys(PROGRAMS) as ProgramName[];
/** Calls of accounts 0 and 1, the administrators, count; the others' are denied. */
export const ADMINS = 2;

interface Call {
  readonly to: Address | null;
  readonly data?: Uint8Array;
  readonly value?: bigint;
  readonly gas?: bigint;
  readonly from?: number;
}

/** Blocks of `size` transactions of every kind a group sees. The same seed gives the same bytes. */
export function mixedBlocks(
  suite: CryptoSuite,
  { eth, group }: TestChain,
  token: CompiledContract,
  { seed, blocks, size }: { readonly seed: number; readonly blocks: number; readonly size: number },
): Uint8Array[][] {
  const random = createSeededRng(seed);
  const accounts = Array.from({ length: SENDERS }, (_, i) => testAccount(suite, i));
  const nonces = accounts.map(() => 0n);
  const calls = createCalls(suite, accounts, token, random);
  let made = 0;

  const sign = (call: Call): Uint8Array => {
    const at = call.from ?? random.below(SENDERS);
    const from = accounts[at]!;
    const { from: _, ...fields } = call;
    const paid = { ...fields, gasPrice: BigInt(random.below(3)) * GWEI };
    made++;
    if (call.from === undefined && random.below(5) === 0) {
      return group(from, { ...paid, nonce: BigInt(made), blockLimit: 1_000n });
    }
    if (random.below(100) === 0) return eth(from, { ...paid, nonce: nonces[at]! + 1n });
    const type = random.below(3) as 0 | 1 | 2;
    const listed = type > 0 && call.to !== null && random.below(4) === 0;
    const accessList = listed ? [{ address: call.to!, slots: [bigTo32(BigInt(random.below(4)))] }] : [];
    return eth(from, { ...paid, type, accessList, nonce: nonces[at]!++ });
  };

  return Array.from({ length: blocks }, (_, block) => {
    const first = block === 0 ? calls.setUp.map((call) => exact(call)) : [];
    return [...first, ...Array.from({ length: size - first.length }, () => sign(calls.next()))];
  });

  /** As account 0 with its next nonce, so that contracts land where the calls expect them. */
  function exact(call: Call): Uint8Array {
    const { from: _, ...fields } = call;
    return eth(accounts[0]!, { ...fields, nonce: nonces[0]!++ });
  }
}

type Random = ReturnType<typeof createSeededRng>;

function createCalls(
  suite: CryptoSuite,
  accounts: readonly TestAccount[],
  token: CompiledContract,
  random: Random,
): { readonly setUp: readonly Call[]; next(): Call } {
  const abi = new Interface(token.abi);
  const newToken = fromHex(token.bytecode + abi.encodeDeploy(["Coin", "COIN", SUPPLY]).slice(2))!;
  const at = (nonce: number): Address => contractAddress(suite, accounts[0]!.address, BigInt(nonce));
  const place = new Map(NAMES.map((name, i) => [name, at(i)] as const));
  const coin = at(NAMES.length);

  const below = random.below;
  const word = (value: number | bigint): Uint8Array => bigTo32(BigInt(value));
  const account = (): Address => accounts[below(SENDERS)]!.address;
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const asHex = (address: Address): string => `0x${bytesToBig(address).toString(16).padStart(40, "0")}`;
  const run = (name: ProgramName, data: Uint8Array, more: Partial<Call> = {}): Call => ({
    to: place.get(name)!,
    data,
    ...more,
  });
  const erc20 = (name: string, ...args: unknown[]): Call => ({
    to: coin,
    data: fromHex(abi.encodeFunctionData(name, args))!,
  });
  const initCode = (): Uint8Array =>
    pick([
      () => deployer(PROGRAMS[pick(NAMES)]),
      () => deployer(PROGRAMS.destroy),
      () => assemble("CALLER", "SELFDESTRUCT"),
      () => assemble(5, 5, "SSTORE", 0, 0, "REVERT"),
      () => assemble(0xef, 0, "MSTORE8", 1, 0, "RETURN"),
      () => random.bytes(below(40)),
    ])();
  const through = (call: Call): Call => ({
    ...call,
    to: place.get(pick(FORWARDERS))!,
    data: concatBytes(word(bytesToBig(call.to!)), call.data ?? EMPTY),
  });

  const system = systemCalls(suite, random, account);
  const tables = mixedTables(random, at(NAMES.length + 1));
  const builtIn = builtInCalls(suite, random, accounts);
  const failing: readonly (() => Call)[] = [
    () => run("revert", EMPTY),
    () => run("spin", EMPTY, { gas: 22_000n + BigInt(below(20_000)) }),
    () => ({ to: account(), gas: BigInt(20_900 + below(200)) }),
    () => ({ to: account(), value: 10n ** 22n }),
    () => ({ to: null, data: assemble(below(9), pick<Mnemonic>(["INVALID", "ADD", "JUMP", "CALL"])), gas: 100_000n }),
    () => ({ to: null, data: random.bytes(below(60)), gas: 60_000n + BigInt(below(60_000)) }),
    () => ({ to: null, data: assemble(below(40_000), 0, "RETURN"), gas: BigInt(60_000 + below(9_000_000)) }),
    () => ({ ...erc20("transfer", asHex(account()), 5n), gas: 21_000n + BigInt(below(40_000)) }),
  ];
  const kinds: readonly (readonly [weight: number, make: () => Call])[] = [
    [20, () => ({ to: account(), value: BigInt(below(1_000_000)), data: random.bytes(below(3) * 20) })],
    [2, () => ({ to: random.bytes(20), value: BigInt(below(2)) })],
    [18, () => ({ ...erc20("transfer", asHex(account()), BigInt(below(50))), ...(below(2) === 0 ? { from: 0 } : {}) })],
    [6, () => erc20("approve", asHex(account()), BigInt(below(100)))],
    [8, () => erc20("transferFrom", asHex(account()), asHex(account()), BigInt(below(4)))],
    [1, () => ({ to: null, data: newToken, gas: 3_000_000n })],
    [10, () => run("store", concatBytes(word(below(16)), word(below(3))))],
    [4, () => ({ to: null, data: initCode(), value: BigInt(below(2)), gas: 500_000n })],
    [4, () => run("create", concatBytes(word(0), initCode()), { value: BigInt(below(2)), gas: 500_000n })],
    [4, () => run("create2", concatBytes(word(below(3)), initCode()), { value: BigInt(below(2)), gas: 500_000n })],
    [2, () => run("create2Twice", concatBytes(word(below(99)), initCode()), { gas: 500_000n })],
    [3, () => run("destroy", word(bytesToBig(pick([account(), place.get("destroy")!]))), { value: 3n })],
    [4, () => run("observe", word(bytesToBig(pick([account(), coin, reserved(1 + below(12))]))))],
    [1, () => run("recurse", EMPTY, { gas: 60_000n + BigInt(below(400_000)) })],
    [2, () => run("memory", word(2n ** BigInt(below(22))), { gas: 200_000n })],
    [10, () => pick(failing)()],
    [10, system],
    [10, tables.next],
    [10, builtIn],
  ];
  const total = kinds.reduce((sum, [weight]) => sum + weight, 0);

  return {
    setUp: [
      ...NAMES.map((name) => ({ to: null, data: deployer(PROGRAMS[name]) })),
      { to: null, data: newToken, gas: 3_000_000n },
      { to: null, data: tables.initCode, gas: 10_000_000n },
      ...accounts.map(({ address }) => erc20("transfer", asHex(address), 1_000n)),
    ],
    next() {
      let left = below(total);
      const [, make] = kinds.find(([weight]) => {
        left -= weight;
        return left < 0;
      })!;
      const call = make();
      return call.to !== null && below(6) === 0 ? through(call) : call;
    },
  };
}

/** Calls of system contracts: writes and reads, by administrators and by others. */
function systemCalls(suite: CryptoSuite, { below }: Random, account: () => Address): () => Call {
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const nodes = testNodes(suite, 7);
  const call = (to: number, name: string, ...args: string[]): Call => {
    const types = args.map(() => "string" as const);
    const selector = suite.hash(new TextEncoder().encode(`${name}(${types.join(",")})`)).subarray(0, 4);
    const caller = below(3) === 0 ? {} : { from: below(ADMINS) };
    return { to: reserved(to), data: concatBytes(selector, encodeValues(types, args)), ...caller };
  };
  const address = (): string => `0x${bytesToBig(account()).toString(16).padStart(40, "0")}`;
  return () =>
    pick([
      () => call(0x1000, "setValueByKey", pick(["tx_count_limit", "tx_gas_limit", "no"]), `${1_000_000 + below(9)}`),
      () => call(0x1000, "getValueByKey", "tx_count_limit"),
      () => call(0x1003, pick(["addSealer", "addSealer", "addObserver", "remove"]), pick(nodes)),
      () => call(0x1004, "insert", `coin${below(5)}`, `${below(50)}`, address(), "[]"),
      () => call(0x1004, "selectByName", `coin${below(5)}`),
      () => call(0x1005, pick(["insert", "remove"]), pick(["_sys_cns_", "t1", "t2"]), address()),
      () => call(0x1005, "queryByName", "_sys_cns_"),
      () => call(0x1003, "noSuchFunction"),
    ])();
}

/** Calls of the built-in precompiles 1 to 10 with good and bad input. */
function builtInCalls(suite: CryptoSuite, { below, bytes }: Random, accounts: readonly TestAccount[]): () => Call {
  const word = (value: number): Uint8Array => bigTo32(BigInt(value));
  const signed = (): Uint8Array => {
    const digest = suite.hash(bytes(8));
    const signature = suite.sign(digest, accounts[below(SENDERS)]!.key);
    return concatBytes(digest, word(27 + signature[64]!), signature.subarray(0, 64));
  };
  const power = (): Uint8Array => {
    const sizes = [below(40), below(4), below(40)];
    return concatBytes(...sizes.map(word), bytes(sizes.reduce((sum, size) => sum + size, 0)));
  };
  const inputs: readonly (() => Uint8Array)[] = [
    () => (below(4) === 0 ? bytes(128) : signed()),
    () => bytes(below(200)),
    () => bytes(below(200)),
    () => bytes(below(200)),
    power,
    () => concatBytes(word(1), word(2), word(1), word(below(4) === 0 ? 3 : 2)),
    () => concatBytes(word(1), word(2), bytes(32)),
    () => new Uint8Array(below(2)),
    () => concatBytes(Uint8Array.of(0, 0, 0, below(13)), bytes(208), Uint8Array.of(below(3))),
    () => bytes(192),
  ];
  return () => {
    const index = below(inputs.length);
    return { to: reserved(index + 1), data: inputs[index]!(), gas: 200_000n };
  };
}
