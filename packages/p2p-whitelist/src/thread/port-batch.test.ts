import { toHex } from "@fb/types";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EVERYBODY, type PortRecord, packRecords, RECORD, readRecords } from "./port-batch.ts";

function recordsOf(batch: Uint8Array): PortRecord[] {
  const records: PortRecord[] = [];
  readRecords(batch, (record) => records.push({ ...record, body: record.body.slice() }));
  return records;
}

describe("records between threads (SPEC 7.1)", () => {
  it("have a frozen encoding", () => {
    const batch = packRecords([
      { type: RECORD.message, module: 3, peer: EVERYBODY, body: Uint8Array.of(0xaa, 0xbb) },
      { type: RECORD.peerDown, module: 0, peer: 0x01020304, body: new Uint8Array(0) },
    ]);
    expect(toHex(batch)).toBe("01030000ffffffff00000002aabb" + "030000000102030400000000");
    expect(RECORD).toEqual({ message: 1, peerUp: 2, peerDown: 3, credit: 4, report: 5, members: 6, close: 7 });
  });

  it("come out as they went in", () => {
    const record = fc.record({
      type: fc.integer({ min: 1, max: 7 }),
      module: fc.integer({ min: 0, max: 3 }),
      peer: fc.integer({ min: 0, max: EVERYBODY }),
      body: fc.uint8Array({ maxLength: 100 }),
    });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 20 }), (records) => {
        expect(recordsOf(packRecords(records))).toEqual(records);
      }),
    );
  });
});
