import type { NodeId } from "@fb/types";
import { describe, expect, it } from "vitest";
import { atLeast, liveRecords, restoreLog } from "./log.ts";
import type { RaftRecord } from "./messages.ts";

const body = (label: string, height: number) => ({
  hash: `${label}!`,
  proposal: { id: label, parent: "?", height, sealer: 0, block: label },
  sealed: label,
});
const vote = (term: number): RaftRecord<string> => ({ k: "vote", term, vote: "1" as NodeId });
const log = (term: number, height: number, label: string, withBody: boolean): RaftRecord<string> => {
  return { k: "log", term, height, hash: `${label}!`, executed: withBody ? body(label, height) : null };
};

describe("SPEC 2.3: positions", () => {
  it("are compared by term first, then by height", () => {
    const inOrder = [
      { term: 0, height: 0 },
      { term: 0, height: 9 },
      { term: 1, height: 0 },
      { term: 2, height: 3 },
      { term: 2, height: 4 },
    ];
    inOrder.forEach((a, i) => {
      inOrder.forEach((b, j) => {
        expect(atLeast(a, b)).toBe(i >= j);
      });
    });
  });
});

describe("SPEC 7.2: the log after a restart", () => {
  it("is the last record's, with the block of whichever record holds it", () => {
    expect(restoreLog<string>([])).toBeNull();
    expect(restoreLog([vote(1)])).toBeNull();
    const records = [log(1, 5, "A", true), vote(2), log(2, 5, "A", false)];
    expect(restoreLog(records)).toEqual({ term: 2, height: 5, hash: "A!", executed: body("A", 5) });
    // The mark of a leader without a block above the head takes the place of ours.
    const replaced = [...records, log(3, 4, "G", false)];
    expect(restoreLog(replaced)).toEqual({ term: 3, height: 4, hash: "G!", executed: null });
  });
});

describe("SPEC 7.3: records that still matter", () => {
  const records = [vote(1), log(1, 4, "G", false), log(1, 5, "A", true), vote(2), log(2, 5, "A", false)];

  it("are the last vote, the last log and its block", () => {
    expect(liveRecords(records, 4)).toEqual([records[2], records[3], records[4]]);
  });

  it("lose the block, but neither vote nor term, once the chain has it", () => {
    expect(liveRecords(records, 5)).toEqual([records[3], records[4]]);
    expect(liveRecords(records, 50)).toEqual([records[3], records[4]]);
  });

  it("restore the same log as all of them", () => {
    for (const durable of [3, 4]) expect(restoreLog(liveRecords(records, durable))).toEqual(restoreLog(records));
  });
});
