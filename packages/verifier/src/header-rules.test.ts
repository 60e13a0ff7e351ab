import { type BlockHeader, EMPTY, EMPTY_BLOOM, type NodeId, ZERO_HASH } from "@fb/types";
import { describe, expect, it } from "vitest";
import type { HeaderCode } from "./errors.ts";
import { headerProblem } from "./header-rules.ts";

const BLOCK_GAS_LIMIT = 1_000_000;
const hash = new Uint8Array(32).fill(7);

const block7: BlockHeader = {
  parentHash: ZERO_HASH,
  number: 7,
  timestamp: 1_000,
  stateRoot: ZERO_HASH,
  tablesRoot: ZERO_HASH,
  txRoot: ZERO_HASH,
  receiptRoot: ZERO_HASH,
  membersHash: ZERO_HASH,
  logsBloom: EMPTY_BLOOM,
  gasLimit: 500,
  gasUsed: 0,
  sealer: 9,
  extraData: EMPTY,
};
const next: BlockHeader = {
  ...block7,
  parentHash: hash,
  number: 8,
  timestamp: 1_001,
  gasLimit: BLOCK_GAS_LIMIT,
  sealer: 1,
};
const context = {
  members: { sealers: ["aa", "bb"] as NodeId[], observers: [] },
  config: { txGasLimit: 1_000, blockGasLimit: BLOCK_GAS_LIMIT, chargeGas: false, evmFork: "cancun" },
} as const;
const problemOf = (change: Partial<BlockHeader>) =>
  headerProblem({ ...next, ...change }, { hash, header: block7 }, context);

describe("types SPEC 2.2, 13.3: a header", () => {
  it("may follow its parent by a millisecond and come from any sealer", () => {
    expect(problemOf({})).toBeNull();
    expect(problemOf({ sealer: 0, timestamp: Number.MAX_SAFE_INTEGER })).toBeNull();
  });

  it.each<[HeaderCode, Partial<BlockHeader>]>([
    ["WRONG_HEIGHT", { number: 7 }],
    ["WRONG_HEIGHT", { number: 9 }],
    ["WRONG_PARENT", { parentHash: ZERO_HASH }],
    ["TIMESTAMP_NOT_AFTER_PARENT", { timestamp: 1_000 }],
    ["WRONG_GAS_LIMIT", { gasLimit: BLOCK_GAS_LIMIT - 1 }],
    ["WRONG_GAS_LIMIT", { gasLimit: BLOCK_GAS_LIMIT + 1 }],
    ["NO_SUCH_SEALER", { sealer: 2 }],
    ["EXTRA_DATA_NOT_EMPTY", { extraData: Uint8Array.of(0) }],
  ])("is refused with %s: %o", (code, change) => {
    expect(problemOf(change)).toBe(code);
  });
});
