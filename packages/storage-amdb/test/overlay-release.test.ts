import { createSeededRng } from "@fb/runtime/testing";
import type { RowOp, StoredRow, TableLoad } from "@fb/types";
import { expect, it } from "vitest";
import { BlockOverlay, type Condition, TABLES } from "../src/index.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const NUM = new Uint8Array(8);
/** Counts for each row that has it, and is in memory once. */
const LONG = new Uint8Array(12 * 1024 * 1024);
const KEYS = 6;

/** Keys of three long rows each, none of them in memory. */
const stored = Array.from({ length: KEYS }, (_, k): StoredRow[] =>
  [2, 3, 7].map((row) => ({ key: Uint8Array.of(k), row, fields: [text(`v${row}`), text("a"), LONG, NUM] })),
);
const source = {
  peek: () => undefined,
  load: async (loads: readonly TableLoad[]) =>
    loads.map(({ key, most }) => (most !== undefined && most.rows < 3 ? null : stored[key[0]!]!)),
};

function show(ops: readonly Pick<RowOp, "key" | "row" | "fields">[]): string[] {
  return ops.map(({ key, row, fields }) => `${key[0]}/${row}=${fields?.map((field) => field.length) ?? "-"}`);
}

/** The same as an overlay that keeps everything: what a block reads, writes, undoes and commits. */
it("a block that gives up rows between transactions is the block that keeps them (SPEC 4.7)", async () => {
  const { below } = createSeededRng(7);
  const [released, kept] = [new BlockOverlay(source, 9), new BlockOverlay(source, 9)];
  await kept.load(Array.from({ length: KEYS }, (_, k) => ({ table: TABLES.cns, key: Uint8Array.of(k) })));
  let reloads = 0;
  for (let tx = 0; tx < 150; tx++) {
    released.beginTransaction();
    const marks = [released.savepoint(), kept.savepoint()] as const;
    for (let call = below(6); call >= 0; call--) {
      const key = Uint8Array.of(below(KEYS));
      if (released.peek(TABLES.cns, key) === undefined) {
        reloads++;
        const most = below(3) === 0 ? { rows: 2, bytes: 1 } : released.room();
        await released.load([{ table: TABLES.cns, key, most }]);
      }
      // Somebody could not pay for it: before the load, or behind it.
      if (released.peek(TABLES.cns, key) === undefined || below(5) === 0) continue;
      expect(released.claim(TABLES.cns, key)).toBe(true);
      const version = `v${below(9)}`;
      const where: Condition = { comparisons: [{ field: "version", op: "EQ", value: text(version) }] };
      const kind = below(4);
      const results = [released, kept].map((overlay) => {
        if (kind === 0) return overlay.insert(TABLES.cns, key, [["version", text(version)]]);
        if (kind === 1) return overlay.update(TABLES.cns, key, [["address", text(version)]], where);
        if (kind === 2) return overlay.remove(TABLES.cns, key, where);
        return overlay.select(TABLES.cns, key, where).map(({ row, fields }) => [row, fields.get("abi")!.length]);
      });
      expect(results[0]).toEqual(results[1]);
    }
    if (below(3) === 0) {
      released.revertTo(marks[0]);
      kept.revertTo(marks[1]);
    }
    expect(show(released.batch())).toEqual(show(kept.batch()));
    expect(show(released.consensusWrites())).toEqual(show(kept.consensusWrites()));
  }
  expect(reloads).toBeGreaterThan(100);
  expect(released.batch().length).toBeGreaterThan(30);
});
