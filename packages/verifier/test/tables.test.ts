import { createEvm } from "@fb/evm";
import { createReferenceEvm } from "@fb/evm/reference";
import { createTracingEvm } from "@fb/evm/tracing";
import { decodeError } from "@fb/precompiled";
import type { CompiledContract } from "@fb/testkit/solidity";
import {
  type Address,
  contractAddress,
  type Evm,
  fromHex,
  RECEIPT_STATUS,
  type Receipt,
  receiptStatusName,
  toHex,
} from "@fb/types";
import { Interface } from "ethers";
import { beforeAll, describe, expect, it } from "vitest";
import { richAlloc, testAccount, testSuite } from "./accounts.ts";
import { callSite, createTestChain, nextSite, type TestChain } from "./chain.ts";
import { compileTableLab } from "./table-lab.ts";

const suite = await testSuite();
const alice = testAccount(suite, 0);
const tracing = await createTracingEvm({ suite });
const ENGINES: readonly Evm[] = [
  await createReferenceEvm(suite),
  await createEvm({ suite }),
  { name: "tracing", execute: (message, host, limits) => tracing.trace(message, host, {}, limits) },
];

let lab: CompiledContract;
let abi: Interface;
beforeAll(() => {
  lab = compileTableLab();
  abi = new Interface(lab.abi);
});

/** A group with the lab, whose table is `T`. */
class Laboratory {
  readonly chain: TestChain;
  readonly to: Address;
  #nonce = 0n;

  constructor(chain: TestChain) {
    this.chain = chain;
    this.to = contractAddress(suite, alice.address, 0n);
  }

  static async open(evm: Evm): Promise<Laboratory> {
    const chain = await createTestChain({ evm, alloc: richAlloc(suite, 2), admins: [alice.address] });
    const laboratory = new Laboratory(chain);
    const receipt = await laboratory.seal(null, fromHex(lab.bytecode + abi.encodeDeploy(["T"]).slice(2))!);
    expect(receiptStatusName(receipt.status)).toBe("ok");
    return laboratory;
  }

  async seal(to: Address | null, data: Uint8Array, gas = 20_000_000n, value = 0n): Promise<Receipt> {
    const block = await this.chain.seal(this.chain.eth(alice, { to, data, gas, value, nonce: this.#nonce++ }));
    return block.receipts[0]!;
  }

  send(name: string, ...args: readonly unknown[]): Promise<Receipt> {
    return this.seal(this.to, encode(name, args));
  }

  async result(name: string, ...args: readonly unknown[]): Promise<unknown[]> {
    const { status, output } = await this.send(name, ...args);
    expect(receiptStatusName(status), decodeError(output) ?? "").toBe("ok");
    return [...abi.decodeFunctionResult(name, output)];
  }

  async view(name: string, ...args: readonly unknown[]): Promise<unknown[]> {
    const call = { from: alice.address, to: this.to, data: encode(name, args) };
    const { status, output } = await this.chain.caller.call(call, callSite(this.chain));
    expect(receiptStatusName(status), decodeError(output) ?? "").toBe("ok");
    return [...abi.decodeFunctionResult(name, output)];
  }
}

const encode = (name: string, args: readonly unknown[]) => fromHex(abi.encodeFunctionData(name, args))!;
const ids = async (laboratory: Laboratory, key: string, from: number, to: number) =>
  (await laboratory.view("ids", "T", key, from, to)).map((list) => (list as bigint[]).map(Number))[0];

describe.each(ENGINES)("tables of contracts on the $name engine", (evm) => {
  it("precompiled SPEC 12, 13: a constructor creates and fills a table, others read and change it", async () => {
    const laboratory = await Laboratory.open(evm);
    expect(await ids(laboratory, "made", 0, 1)).toEqual([0]);
    for (let id = 1; id <= 4; id++) expect(await laboratory.result("insert", "t", "k", id, "n")).toEqual([1n]);
    expect(await ids(laboratory, "k", 2, 4)).toEqual([2, 3]);
    expect(await laboratory.result("rename", "T", "k", 2, 99, "new")).toEqual([3n]);
    expect(await laboratory.result("drop", "T", "k", 2, 3)).toEqual([1n]);
    expect(await laboratory.view("word", "T", "k")).toEqual([
      Array.from({ length: 64 }, (_, i) => (i === 0 ? "0x6e" : "0x00")),
    ]);
    const { logs } = await laboratory.send("show", "T", "k", 1, 5);
    expect(logs.map(({ topics, data }) => abi.parseLog({ topics: topics.map(hex), data: hex(data) })!.args)).toEqual([
      [3n, "new"],
      [4n, "new"],
    ]);
  });

  it("precompiled SPEC 12.2: a frame that fails leaves no row, no object, no change of one", async () => {
    const laboratory = await Laboratory.open(evm);
    const [works, again, codeLength, id, sameCode] = await laboratory.result("undone", "T", "k");
    expect({ works, again, codeLength, id, sameCode }).toEqual({
      works: false,
      again: false,
      codeLength: 1n,
      id: 1n,
      sameCode: true,
    });
    expect(await ids(laboratory, "k", 0, 1_000)).toEqual([]);
  });

  it("precompiled SPEC 12.2: an object of an earlier transaction is none, also as the target of one", async () => {
    const laboratory = await Laboratory.open(evm);
    await laboratory.result("keep", "T");
    expect(await laboratory.result("useKept")).toEqual([false, false, 1n]);
    const [kept] = (await laboratory.view("kept")) as [string];
    const direct = await laboratory.seal(fromHex(kept)!, new Uint8Array(4));
    expect(receiptStatusName(direct.status)).toBe("precompiledError");
    expect(decodeError(direct.output)).toBe("there is no such object in this transaction");
    const paid = await laboratory.seal(fromHex(kept)!, new Uint8Array(0), 100_000n, 5n);
    expect(decodeError(paid.output)).toBe("system contracts take no value");
    expect(await laboratory.chain.account(fromHex(kept)!)).toBeNull();
  });

  it("precompiled SPEC 12.3: refuses DELEGATECALL, value, writes in static calls, and too little gas", async () => {
    const laboratory = await Laboratory.open(evm);
    expect(await laboratory.result("odd", "T")).toEqual([false, false, false, false, 0n]);
  });

  it("precompiled SPEC 12.4, 2.4: floods and scans end with the gas, and leave nothing", async () => {
    const laboratory = await Laboratory.open(evm);
    for (let id = 0; id < 40; id++) await laboratory.result("insert", "T", "k", id, "n");
    const scan = await laboratory.seal(laboratory.to, encode("drop", ["T", "k", 0, 99]), 150_000n);
    const flood = await laboratory.seal(laboratory.to, encode("flood", ["T", 1_000_000]), 3_000_000n);
    // What the call used up, its caller has not; a 64th is left to it, with which it reverts.
    for (const { status } of [scan, flood]) expect(["outOfGas", "revert"]).toContain(receiptStatusName(status));
    expect([scan.gasUsed > 145_000, flood.gasUsed > 2_900_000]).toEqual([true, true]);
    expect(await ids(laboratory, "k", 0, 99)).toHaveLength(40);
  });

  it("SPEC 5.1, 5.3: calls leave nothing, and an estimate is enough", async () => {
    const laboratory = await Laboratory.open(evm);
    const data = encode("insert", ["T", "k", 7, "seven"]);
    const request = { from: alice.address, to: laboratory.to, data };
    const { status } = await laboratory.chain.caller.call(request, callSite(laboratory.chain));
    expect(status).toBe(RECEIPT_STATUS.ok);
    expect(await ids(laboratory, "k", 0, 99)).toEqual([]);
    const estimate = await laboratory.chain.caller.estimateGas(request, nextSite(laboratory.chain));
    if (!estimate.ok) return expect.unreachable();
    const receipt = await laboratory.seal(laboratory.to, data, estimate.gas);
    expect(receiptStatusName(receipt.status)).toBe("ok");
    expect(await ids(laboratory, "k", 0, 99)).toEqual([7]);
  });
});

it("all engines make the same blocks of it", { timeout: 60_000 }, async () => {
  const histories = await Promise.all(
    ENGINES.map(async (evm) => {
      const laboratory = await Laboratory.open(evm);
      const lines: string[] = [];
      for (const [name, ...args] of [
        ["insert", "T", "k", 1, "a"],
        ["insert", "missing", "k", 1, "a"],
        ["undone", "T", "k"],
        ["keep", "T"],
        ["useKept"],
        ["odd", "T"],
        ["show", "T", "kept", 0, 9],
        ["flood", "T", 300],
        ["drop", "T", "k", -5, 5],
      ] as const) {
        const { status, gasUsed, output } = await laboratory.send(name, ...args);
        lines.push(
          `${name} ${receiptStatusName(status)} ${gasUsed} ${toHex(output)} ${toHex(laboratory.chain.head().hash)}`,
        );
      }
      return lines;
    }),
  );
  expect(histories[1]).toEqual(histories[0]);
  expect(histories[2]).toEqual(histories[0]);
});

function hex(bytes: Uint8Array): string {
  return `0x${toHex(bytes)}`;
}
