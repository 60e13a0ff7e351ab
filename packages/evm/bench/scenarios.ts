import { readFileSync } from "node:fs";
import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import { createReferenceEvm } from "@fb/evm/reference";
import { compileSolidity } from "@fb/testkit/solidity";
import { type Address, bigTo32, bytesToBig, concatBytes, type EvmMessage, fromHex } from "@fb/types";
import { testBlock, testHost } from "../test/support/host.ts";
import { World } from "../test/support/world.ts";

const OWNER = address(0xa11ce);
const OTHER = address(0xb0b);
export const suite = await createCryptoSuite();
const NAMES = ["Token", "Proxy", "Pair", "Work"] as const;
const contracts = compileSolidity(readFileSync(new URL("./contracts/Bench.sol", import.meta.url), "utf8"), ...NAMES);

function address(n: number): Address {
  return bigTo32(BigInt(n)).slice(12);
}

function call(signature: string, ...args: readonly (bigint | Address)[]): Uint8Array {
  const selector = suite.hash(new TextEncoder().encode(signature)).subarray(0, 4);
  return concatBytes(selector, ...args.map((arg) => bigTo32(typeof arg === "bigint" ? arg : bytesToBig(arg))));
}

function message(to: Address | null, data: Uint8Array, createAddress?: Address): EvmMessage {
  return {
    caller: OWNER,
    origin: OWNER,
    to,
    ...(createAddress === undefined ? {} : { createAddress }),
    value: 0n,
    data,
    gas: 2_000_000_000n,
    gasPrice: 0n,
    blobHashes: [],
    isStatic: false,
    accessList: [],
  };
}

export const world = new World();
export const block = testBlock();
export const fast = await createEvm({ suite });
export const reference = await createReferenceEvm(suite);
world.put(OWNER, { nonce: 1n, balance: 0n, code: new Uint8Array(0) }, new Map());

async function change(to: Address | null, data: Uint8Array, created?: Address): Promise<void> {
  const result = await fast.execute(message(to, data, created), testHost(world.view(), "cancun", block));
  if (result.error !== null) throw new RangeError(`set-up failed: ${result.error}`);
  world.apply(result.changes);
}

async function deploy(name: (typeof NAMES)[number], at: number, ...args: readonly Address[]): Promise<Address> {
  const created = address(at);
  await change(
    null,
    concatBytes(fromHex(contracts[name].bytecode)!, ...args.map((arg) => bigTo32(bytesToBig(arg)))),
    created,
  );
  return created;
}

const token = await deploy("Token", 0x1001);
const token1 = await deploy("Token", 0x1002);
const proxy = await deploy("Proxy", 0x1003, token);
const pair = await deploy("Pair", 0x1004, token, token1);
const work = await deploy("Work", 0x1005);
await change(token, call("transfer(address,uint256)", pair, 10n ** 24n));
await change(token, call("transfer(address,uint256)", OTHER, 10n ** 24n));
await change(token1, call("transfer(address,uint256)", pair, 10n ** 24n));
await change(token, call("approve(address,uint256)", pair, 2n ** 255n));
await change(pair, call("sync()"));
// The proxy has storage of its own, so give the owner tokens there: slot keccak(owner . 0).
world.entries
  .get(Buffer.from(proxy).toString("hex"))!
  .slots.set(
    Buffer.from(suite.hash(concatBytes(bigTo32(bytesToBig(OWNER)), bigTo32(0n)))).toString("hex"),
    bigTo32(10n ** 24n),
  );

export interface Scenario {
  readonly name: string;
  readonly message: EvmMessage;
  readonly cold?: boolean;
  /** Uses the code it calls and nothing else, so that it can run on any node. */
  readonly pure?: boolean;
}

export const scenarios: readonly Scenario[] = [
  { name: "ERC-20 transfer, hot", message: message(token, call("transfer(address,uint256)", OTHER, 5n)) },
  {
    name: "ERC-20 transfer, every access a miss",
    message: message(token, call("transfer(address,uint256)", OTHER, 5n)),
    cold: true,
  },
  { name: "ERC-20 transfer through a proxy", message: message(proxy, call("transfer(address,uint256)", OTHER, 5n)) },
  { name: "swap on a pair", message: message(pair, call("swap(uint256,address)", 10n ** 18n, OTHER)) },
  { name: "loop", message: message(work, call("loop(uint256)", 100_000n)), pure: true },
  { name: "keccak loop", message: message(work, call("hashes(uint256)", 20_000n)), pure: true },
  { name: "mulmod and exp", message: message(work, call("modular(uint256)", 10_000n)), pure: true },
  { name: "sort in memory", message: message(work, call("sort(uint256)", 500n)), pure: true },
];
