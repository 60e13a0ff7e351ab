import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import { createReferenceEvm } from "@fb/evm/reference";
import {
  type Address,
  bigTo32,
  bytesToBig,
  concatBytes,
  type Evm,
  type EvmFork,
  type EvmMessage,
  type EvmResult,
  type StateView,
  toHex,
} from "@fb/types";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { beforeAll, describe, expect, it } from "vitest";
import { testHost } from "./support/host.ts";
import { CODE_ADDRESS, callMessage } from "./support/run-code.ts";
import { World } from "./support/world.ts";

const address = (n: number): Address => bigTo32(BigInt(n)).slice(12);
const AUTHORITY = address(0xa1);
const DELEGATE = address(0xd1);
const SYSTEM = address(0x1005);
const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const delegation = (to: Address) => concatBytes(bytes("ef0100"), to);
/** Calls the account with all gas, then returns success (32 bytes) and 32 bytes of output. `op` is the call's opcode. */
const calling = (to: Address, op: string, value = "") =>
  bytes(`6020 6020 5f 5f ${value} 73${toHex(to)} 5a ${op} 5f 52 6040 5f f3`);
const STOP = bytes("00");
/** Returns its address plus its code's size shifted to the left by 24 bytes. */
const WHO_AM_I = bytes("38 60c0 1b 30 01 5f 52 6020 5f f3");
const SETS_SLOT = bytes("6007 5f 55");

/** A host with one system contract, which fails the test when it is called. */
const hostOf = (view: StateView, fork: EvmFork) => ({
  ...testHost(view, fork),
  isSystemContract: (account: string) => account === toHex(SYSTEM),
});

type Codes = readonly (readonly [Address, Uint8Array])[];

describe.each(["wasm", "reference"])("delegations (EIP-7702), %s engine", (name) => {
  let evm: Evm;
  beforeAll(async () => {
    const suite = await createCryptoSuite();
    evm = await (name === "wasm" ? createEvm({ suite }) : createReferenceEvm(suite));
  });

  /** Runs with everything in memory and suspended at every access, which must not make a difference. */
  async function run(codes: Codes, overrides: Partial<EvmMessage> = {}, fork: EvmFork = "prague"): Promise<EvmResult> {
    const world = new World();
    for (const [at, code] of codes) world.put(at, { nonce: 1n, balance: 100n, code }, new Map());
    const message = callMessage({ gas: 1_000_000n, ...overrides });
    const whole = await evm.execute(message, hostOf(world.view(), fork));
    const suspended = await evm.execute(message, hostOf(world.coldView(), fork));
    expect(suspended).toEqual(whole);
    return whole;
  }

  const success = ({ output }: EvmResult) => bytesToBig(output.subarray(0, 32)) === 1n;

  it("run the delegate's code as the account, which keeps its own code for others to see", async () => {
    const world: Codes = [
      [AUTHORITY, delegation(DELEGATE)],
      [DELEGATE, WHO_AM_I],
    ];
    const called = await run([[CODE_ADDRESS, calling(AUTHORITY, "fa")], ...world]);
    expect(success(called)).toBe(true);
    expect(bytesToBig(called.output.subarray(32))).toBe((BigInt(WHO_AM_I.length) << 192n) + bytesToBig(AUTHORITY));
    const authority = `73${toHex(AUTHORITY)}`;
    const size = await run([[CODE_ADDRESS, bytes(`${authority} 3b 5f 52 6020 5f f3`)], ...world]);
    expect(bytesToBig(size.output)).toBe(23n);
    const hash = await run([[CODE_ADDRESS, bytes(`${authority} 3f 5f 52 6020 5f f3`)], ...world]);
    expect(toHex(hash.output)).toBe(toHex(keccak_256(delegation(DELEGATE))));
    const copy = await run([[CODE_ADDRESS, bytes(`6017 5f 5f ${authority} 3c 6017 5f f3`)], ...world]);
    expect(toHex(copy.output)).toBe(toHex(delegation(DELEGATE)));
  });

  it.each([
    ["CALL", "f1", "5f"],
    ["CALLCODE", "f2", "5f"],
    ["DELEGATECALL", "f4", ""],
    ["STATICCALL", "fa", ""],
  ])("%s pays for the delegate: 2600 when cold, 100 when warm", async (_, op, value) => {
    const caller = calling(AUTHORITY, op, value);
    const plain = await run([
      [CODE_ADDRESS, caller],
      [AUTHORITY, STOP],
    ]);
    const codes: Codes = [
      [CODE_ADDRESS, caller],
      [AUTHORITY, delegation(DELEGATE)],
      [DELEGATE, STOP],
    ];
    expect((await run(codes)).gasUsed - plain.gasUsed).toBe(2600n);
    const warm = await run(codes, { accessList: [{ address: DELEGATE, slots: [] }] });
    expect(warm.gasUsed - plain.gasUsed).toBe(100n);
    const itself = await run([
      [CODE_ADDRESS, bytes(`5f 5f 5f 5f ${value} 73${toHex(AUTHORITY)} 612710 ${op}`)],
      [AUTHORITY, delegation(AUTHORITY)],
    ]);
    // 2600 and 100 for the account twice, all gas that was handed on, and what is pushed.
    const pushes = value === "" ? 14n : 16n;
    expect(itself.gasUsed).toBe(2600n + 100n + 10_000n + pushes);
  });

  it("fail for lack of gas exactly when the delegate cannot be paid", async () => {
    const codes: Codes = [
      [CODE_ADDRESS, bytes(`5f 5f 5f 5f 73${toHex(AUTHORITY)} 5f fa`)],
      [AUTHORITY, delegation(DELEGATE)],
    ];
    const { gasUsed } = await run(codes);
    expect(gasUsed).toBe(13n + 2600n + 2600n);
    expect((await run(codes, { gas: gasUsed })).error).toBeNull();
    expect((await run(codes, { gas: gasUsed - 1n })).error).toBe("OUT_OF_GAS");
  });

  it("write the storage and move the value of the account", async () => {
    const result = await run([
      [CODE_ADDRESS, calling(AUTHORITY, "f1", "6005")],
      [AUTHORITY, delegation(DELEGATE)],
      [DELEGATE, SETS_SLOT],
    ]);
    expect(success(result)).toBe(true);
    expect([...result.changes.keys()].sort()).toEqual([toHex(AUTHORITY), toHex(CODE_ADDRESS)].sort());
    const change = result.changes.get(toHex(AUTHORITY))!;
    expect(change.account).toMatchObject({ balance: 105n, codeHash: keccak_256(delegation(DELEGATE)) });
    expect([...change.slots.values()].map(toHex)).toEqual([toHex(bigTo32(7n))]);
  });

  it("run in a static context and in the caller's context like any code", async () => {
    const world: Codes = [
      [AUTHORITY, delegation(DELEGATE)],
      [DELEGATE, SETS_SLOT],
    ];
    expect(success(await run([[CODE_ADDRESS, calling(AUTHORITY, "fa")], ...world]))).toBe(false);
    const result = await run([[CODE_ADDRESS, calling(AUTHORITY, "f4")], ...world]);
    expect(success(result)).toBe(true);
    expect([...result.changes.keys()]).toEqual([toHex(CODE_ADDRESS)]);
  });

  it("are followed once: a delegate that delegates runs its own bytes, which are invalid", async () => {
    const result = await run([
      [CODE_ADDRESS, calling(AUTHORITY, "fa")],
      [AUTHORITY, delegation(DELEGATE)],
      [DELEGATE, delegation(address(0xe1))],
      [address(0xe1), STOP],
    ]);
    expect(success(result)).toBe(false);
  });

  it("to a precompile, an account without code or nobody run nothing", async () => {
    for (const delegate of [address(4), address(2), DELEGATE, address(0xbad)]) {
      const result = await run([
        [CODE_ADDRESS, calling(AUTHORITY, "fa")],
        [AUTHORITY, delegation(delegate)],
        [DELEGATE, new Uint8Array(0)],
      ]);
      expect(success(result)).toBe(true);
      expect(bytesToBig(result.output.subarray(32))).toBe(0n);
    }
  });

  it("of the outermost target cost nothing and leave the delegate warm", async () => {
    const balanceOfDelegate = bytes(`73${toHex(DELEGATE)} 31`);
    const result = await run(
      [
        [AUTHORITY, delegation(DELEGATE)],
        [DELEGATE, balanceOfDelegate],
      ],
      { to: AUTHORITY },
    );
    expect(result).toMatchObject({ error: null, gasUsed: 103n });
  });

  it("to a system contract run the byte that contracts see there, not the system contract", async () => {
    const sees = await run([[CODE_ADDRESS, bytes(`73${toHex(SYSTEM)} 3b 5f 52 6020 5f f3`)]]);
    expect(bytesToBig(sees.output)).toBe(1n);
    const codes: Codes = [[AUTHORITY, delegation(SYSTEM)]];
    expect(await run(codes, { to: AUTHORITY })).toMatchObject({ error: "INVALID_OPCODE", gasUsed: 1_000_000n });
    expect(success(await run([[CODE_ADDRESS, calling(AUTHORITY, "f1", "5f")], ...codes]))).toBe(false);
  });

  it("to what is always warm, precompiles and system contracts, cost 100 more", async () => {
    // No gas is handed on, so a callee cannot use any.
    const caller = bytes(`5f 5f 5f 5f 73${toHex(AUTHORITY)} 5f fa`);
    for (const delegate of [address(1), address(0x11), SYSTEM, CODE_ADDRESS]) {
      const { error, gasUsed } = await run([
        [CODE_ADDRESS, caller],
        [AUTHORITY, delegation(delegate)],
      ]);
      expect({ error, gasUsed }).toEqual({ error: null, gasUsed: 13n + 2600n + 100n });
    }
  });

  it("show their own code to CODESIZE and CODECOPY", async () => {
    const copiesItself = bytes("38 5f 5f 39 38 5f f3");
    const codes: Codes = [
      [AUTHORITY, delegation(DELEGATE)],
      [DELEGATE, copiesItself],
    ];
    expect(toHex((await run(codes, { to: AUTHORITY })).output)).toBe(toHex(copiesItself));
  });

  it("leave the delegate cold again when the calling frame fails", async () => {
    const inner = address(0xb1);
    const calls = (to: Address) => `5f 5f 5f 5f 73${toHex(to)} 61ffff fa 50`;
    const balanceOfDelegate = `73${toHex(DELEGATE)} 31`;
    const fails: Codes = [
      [CODE_ADDRESS, bytes(`${calls(inner)} ${balanceOfDelegate}`)],
      [inner, bytes(`${calls(AUTHORITY)} 5f 5f fd`)],
      [AUTHORITY, delegation(DELEGATE)],
      [DELEGATE, STOP],
    ];
    const succeeds = fails.map(
      ([at, code]) => [at, at === inner ? bytes(`${calls(AUTHORITY)} 5f 5f f3`) : code] as const,
    );
    expect((await run(fails)).gasUsed - (await run(succeeds)).gasUsed).toBe(2500n);
  });

  it("create accounts from the account's address and nonce", async () => {
    const result = await run(
      [
        [AUTHORITY, delegation(DELEGATE)],
        [DELEGATE, bytes("5f 5f 5f f0 5f 52 6020 5f f3")],
      ],
      { to: AUTHORITY },
    );
    const created = keccak_256(concatBytes(bytes("d694"), AUTHORITY, bytes("01"))).slice(12);
    expect(toHex(result.output.subarray(12))).toBe(toHex(created));
    expect(result.changes.get(toHex(AUTHORITY))!.account!.nonce).toBe(2n);
  });

  it("are invalid code before Prague", async () => {
    const codes: Codes = [
      [AUTHORITY, delegation(DELEGATE)],
      [DELEGATE, STOP],
    ];
    expect((await run(codes, { to: AUTHORITY }, "cancun")).error).toBe("INVALID_OPCODE");
    expect((await run(codes, { to: AUTHORITY }, "osaka")).error).toBeNull();
  });

  it.each([
    ["the prefix alone", bytes("ef0100")],
    ["19 bytes of an address", delegation(DELEGATE).slice(0, 22)],
    ["21 bytes of an address", concatBytes(delegation(DELEGATE), STOP)],
    ["another version", concatBytes(bytes("ef0101"), DELEGATE)],
    ["another prefix", concatBytes(bytes("ee0100"), DELEGATE)],
  ])("are told from code that looks alike, which is invalid: %s", async (_, code) => {
    const world: Codes = [
      [AUTHORITY, code],
      [DELEGATE, STOP],
    ];
    expect((await run(world, { to: AUTHORITY })).error).toBe("INVALID_OPCODE");
    const called = await run([[CODE_ADDRESS, bytes(`5f 5f 5f 5f 73${toHex(AUTHORITY)} 612710 fa`)], ...world]);
    expect(called).toMatchObject({ error: null, gasUsed: 14n + 2600n + 10_000n });
  });
});
