import { createEvm } from "@fb/evm";
import { createReferenceEvm } from "@fb/evm/reference";
import { type ReceiptStatusName, receiptStatusName, type StateType, toHex } from "@fb/types";
import { beforeAll, describe, expect, it } from "vitest";
import type { ExecutedBlock } from "../src/index.ts";
import { richAlloc, testAccount, testSuite } from "./accounts.ts";
import { createTestChain } from "./chain.ts";
import { ADMINS, mixedBlocks, SENDERS } from "./mixed-transactions.ts";
import { compileToken } from "./token.ts";

const suite = await testSuite();
const engines = [await createReferenceEvm(suite), await createEvm({ suite })];
let blocks: readonly (readonly Uint8Array[])[];

/** How often each outcome occurs at least, of 10,000 transactions in 20 blocks. */
const LEAST: ReadonlyMap<ReceiptStatusName | "logs" | "members" | "tables", number> = new Map([
  ["ok", 7_500],
  ["revert", 500],
  ["outOfGas", 200],
  ["outOfGasIntrinsic", 30],
  ["badInstruction", 50],
  ["badJumpDestination", 10],
  ["stackUnderflow", 50],
  ["precompiledError", 100],
  ["notEnoughCash", 50],
  ["invalidNonce", 50],
  ["invalidCodePrefix", 30],
  ["codeSizeLimit", 20],
  ["codeStoreOutOfGas", 10],
  ["logs", 4_000],
  ["members", 10],
  ["tables", 20],
]);

/** The block's hash, which covers everything else, behind what says where a difference is. */
function summary({ receipts, header, hash }: ExecutedBlock): string[] {
  const lines = receipts.map(
    ({ status, gasUsed, output, logs }, i) =>
      `${i} ${receiptStatusName(status)} ${gasUsed} ${toHex(output)} ${logs.length}`,
  );
  return [...lines, `${toHex(header.stateRoot)} ${toHex(header.tablesRoot)}`, toHex(hash)];
}

beforeAll(async () => {
  const signer = await createTestChain();
  blocks = mixedBlocks(suite, signer, compileToken(), { seed: 3, blocks: 20, size: 500 });
}, 60_000);

describe.each<StateType>(["storage", "mpt"])("a group on either engine over %s", (state) => {
  it("makes the same 20 blocks of 10,000 mixed transactions", { timeout: 240_000 }, async () => {
    const options = {
      state,
      alloc: richAlloc(suite, SENDERS),
      admins: Array.from({ length: ADMINS }, (_, i) => testAccount(suite, i).address),
      config: { chargeGas: true },
    };
    const [reference, fast] = await Promise.all(engines.map((evm) => createTestChain({ ...options, evm })));
    const counts = new Map<string, number>();
    const count = (name: string, by = 1) => counts.set(name, (counts.get(name) ?? 0) + by);
    for (const raws of blocks) {
      const expected = await reference!.seal(...raws);
      expect(summary(await fast!.seal(...raws))).toEqual(summary(expected));
      for (const { status, logs } of expected.receipts) {
        count(receiptStatusName(status));
        count("logs", logs.length);
      }
      if (expected.members !== null) count("members");
      if (expected.tableBatch.length > 0) count("tables");
    }
    // The mix is a mix: kinds cannot fall out of it unnoticed.
    const missing = [...LEAST].filter(([name, least]) => (counts.get(name) ?? 0) < least);
    expect(missing, JSON.stringify([...counts])).toEqual([]);
  });
});
