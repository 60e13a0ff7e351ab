import type { NodeId } from "@fb/types";
import { describe, expect, it } from "vitest";
import { atLeastAsUpToDate, liveRecords, restoreStored } from "./log.ts";
import type { RaftRecord } from "./messages.ts";

const body = (label: string, height: number) => ({
  hash: `${label}!`,
  proposal: { id: label, parent: "?", height, sealer: 0, block: label },
  sealed: label,
});
const vote = (term: number): RaftRecord<string> => ({ type: "vote", term, vote: "1" as NodeId });
const stored = (term: number, height: number, label: string, withBody: boolean): RaftRecord<string> => {
  return { type: "stored", term, height, hash: `${label}!`, executed: withBody ? body(label, height) : null };
};

describe("SPEC 2.3: positions", () => {
  it("are compared by head first, then by the term of the tail", () => {
    const inOrder = [
      { head: 0, tail: 0 },
      { head: 0, tail: 9 },
      { head: 1, tail: 0 },
      { head: 2, tail: 3 },
      { head: 2, tail: 4 },
    ];
    inOrder.forEach((a, i) => {
      inOrder.forEach((b, j) => {
        expect(atLeastAsUpToDate(a, b)).toBe(i >= j);
      });
    });
  });
});

describe("SPEC 7.2: the block held after a restart", () => {
  it("is the last record's, from whichever record holds it", () => {
    expect(restoreStored<string>([])).toBeNull();
    expect(restoreStored([vote(1)])).toBeNull();
    const records = [stored(1, 5, "A", true), vote(2), stored(2, 5, "A", false)];
    expect(restoreStored(records)).toEqual({ term: 2, height: 5, hash: "A!", executed: body("A", 5) });
    const replaced = [...records, stored(3, 5, "B", true)];
    expect(restoreStored(replaced)).toEqual({ term: 3, height: 5, hash: "B!", executed: body("B", 5) });
  });
});

describe("SPEC 7.3: records that still matter", () => {
  const records = [vote(1), stored(1, 4, "G", true), stored(1, 5, "A", true), vote(2), stored(2, 5, "A", false)];

  it("are the last vote, the last block's record and the block", () => {
    expect(liveRecords(records, 4)).toEqual([records[2], records[3], records[4]]);
  });

  it("lose the block, but not the term, once the chain has it", () => {
    expect(liveRecords(records, 5)).toEqual([records[3], records[4]]);
    expect(liveRecords(records, 50)).toEqual([records[3], records[4]]);
  });

  it("restore the same block as all of them", () => {
    for (const durable of [3, 4]) expect(restoreStored(liveRecords(records, durable))).toEqual(restoreStored(records));
  });
});
