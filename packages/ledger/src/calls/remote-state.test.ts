import { TABLES } from "@fb/storage-amdb";
import type { StoredRow, TableLoad } from "@fb/types";
import { expect, it } from "vitest";
import type { CallSource } from "./ports.ts";
import { RemoteState } from "./remote-state.ts";
import type { Turn } from "./turns.ts";

const key = Uint8Array.of(1);
const turn: Turn = { usedMs: 0, take: async () => {}, release: () => {}, away: (wait) => wait };

/** Tables of a call that may hold `maxBytes`, over one key of so many rows. */
function tablesOver(rows: number, maxBytes: number, asked: TableLoad[]) {
  const stored = Array.from({ length: rows }, (_, i): StoredRow => ({ key, row: i + 1, fields: [new Uint8Array(44)] }));
  const source: Partial<CallSource> = {
    async rows(loads) {
      asked.push(...loads);
      return loads.map(({ most }) => (most !== undefined && rows > most.rows ? null : stored));
    },
  };
  return new RemoteState(source as CallSource).tables(1, turn, () => {}, maxBytes);
}

it("a call asks for no more rows than it may hold, and than it pays for", async () => {
  const asked: TableLoad[] = [];
  const tables = tablesOver(100, 60_000, asked);
  await tables.load([{ table: TABLES.config, key, most: { rows: 100, bytes: 5_000 } }]);
  expect(tables.peek(TABLES.config, key)).toHaveLength(100);
  await tables.load([{ table: TABLES.cns, key, most: { rows: 3, bytes: 5_000 } }]);
  expect(tables.peek(TABLES.cns, key)).toBeUndefined();
  expect(asked.map(({ most }) => most)).toEqual([
    { rows: 100, bytes: 5_000 },
    { rows: 3, bytes: 5_000 },
  ]);
});

it("a call that pays for more than it may hold is told so", async () => {
  const exceeded = { code: "CALL_MEMORY_EXCEEDED" };
  const most = { rows: 1_000_000, bytes: 1_000_000_000 };
  await expect(tablesOver(1_000, 30_000, []).load([{ table: TABLES.cns, key, most }])).rejects.toMatchObject(exceeded);
  await expect(tablesOver(1_000, 30_000, []).load([{ table: TABLES.cns, key }])).rejects.toMatchObject(exceeded);
});
