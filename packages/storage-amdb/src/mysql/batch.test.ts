import { compareBytes, type RowOp, toHex } from "@fb/types";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TABLES } from "../system-tables.ts";
import { sortBatch } from "./batch.ts";

const CONTRACTS = [`c_${"0a".repeat(20)}`, `c_${"0b".repeat(20)}`];
const op: fc.Arbitrary<RowOp> = fc.record({
  table: fc.constantFrom(...CONTRACTS, TABLES.config, TABLES.replayKeys),
  key: fc.uint8Array({ maxLength: 2, max: 2 }),
  row: fc.nat(2),
  fields: fc.option(fc.array(fc.uint8Array({ maxLength: 2 }), { maxLength: 2 })),
});
const batch = fc.array(
  op.map((some) => (some.table.startsWith("c_") ? { ...some, row: 0 } : some)),
  { maxLength: 60 },
);

const nameOf = ({ table, key, row }: RowOp) => `${table} ${toHex(key)} ${row}`;

describe("a batch for a server", () => {
  it("has the last operation on each row, in order of rows, contracts in one table", () => {
    fc.assert(
      fc.property(batch, (ops) => {
        const expected = new Map(ops.map((some) => [nameOf(some), some]));
        const { writes } = sortBatch(ops);
        const found: RowOp[] = [];
        for (const [name, { puts, drops }] of writes) {
          for (const [part, isPut] of [
            [puts, true],
            [drops, false],
          ] as const) {
            const sorted = part.toSorted(
              (a, b) =>
                (a.table < b.table ? -1 : a.table > b.table ? 1 : 0) || compareBytes(a.key, b.key) || a.row - b.row,
            );
            expect(part).toEqual(sorted);
            for (const some of part) {
              expect(some.fields !== null).toBe(isPut);
              expect(name).toBe(some.table.startsWith("c_") ? "c_contracts" : some.table);
            }
            found.push(...part);
          }
        }
        expect(found.length).toBe(expected.size);
        for (const some of found) expect(some).toBe(expected.get(nameOf(some)));
      }),
      { numRuns: 500 },
    );
  });
});
