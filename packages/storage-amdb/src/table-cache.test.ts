import { noMetrics } from "@fb/runtime";
import { createSeededRng } from "@fb/runtime/testing";
import type { RowOp, StorageBackend, StoredRow } from "@fb/types";
import { describe, expect, it } from "vitest";
import { createMemoryBackend } from "./memory/memory-backend.ts";
import { TABLES } from "./system-tables.ts";
import { createTableCache } from "./table-cache.ts";

const TABLE = TABLES.config;
const key = (n: number): Uint8Array => Uint8Array.of(n);
const op = (n: number, row: number, value: number | null): RowOp => ({
  table: TABLE,
  key: key(n),
  row,
  fields: value === null ? null : [Uint8Array.of(value)],
});
const show = (rows: readonly StoredRow[] | null | undefined) => rows?.map(({ row, fields }) => [row, fields[0]![0]]);

async function setUp(maxBytes = 1_000_000) {
  const backend = createMemoryBackend();
  const cache = createTableCache({ backend, maxBytes, metrics: noMetrics });
  const commit = async (batch: RowOp[]): Promise<void> => {
    await backend.commit(backend.height() + 1, batch);
    cache.committed(batch);
  };
  return { backend, cache, commit };
}

describe("table cache", () => {
  it("answers after a load, also for keys without rows", async () => {
    const { cache, commit } = await setUp();
    await commit([op(1, 1, 10), op(1, 2, 20)]);
    expect(cache.peek(TABLE, key(1))).toBeUndefined();
    const loaded = await cache.load([1, 2, 1].map((n) => ({ table: TABLE, key: key(n) })));
    expect(loaded.map(show)).toEqual([
      [
        [1, 10],
        [2, 20],
      ],
      [],
      [
        [1, 10],
        [2, 20],
      ],
    ]);
    expect(show(cache.peek(TABLE, key(1)))).toEqual([
      [1, 10],
      [2, 20],
    ]);
    expect(cache.peek(TABLE, key(2))).toEqual([]);
  });

  it("follows commits row by row", async () => {
    const { cache, commit } = await setUp();
    await commit([op(1, 1, 10), op(1, 2, 20)]);
    await cache.load([{ table: TABLE, key: key(1) }]);
    await commit([op(1, 1, null), op(1, 3, 30), op(1, 2, 22)]);
    expect(show(cache.peek(TABLE, key(1)))).toEqual([
      [2, 22],
      [3, 30],
    ]);
  });

  it("does not keep what a load read before a commit overtook it", async () => {
    const old: StoredRow[] = [{ key: key(1), row: 1, fields: [Uint8Array.of(10)] }];
    const fresh: StoredRow[] = [{ key: key(1), row: 1, fields: [Uint8Array.of(11)] }];
    const answers: ((rows: readonly (readonly StoredRow[])[]) => void)[] = [];
    const backend: Pick<StorageBackend, "rowsMany" | "scan"> = {
      rowsMany: () => new Promise((resolve) => answers.push(resolve)),
      scan: () => createMemoryBackend().scan(TABLE),
    };
    const cache = createTableCache({ backend, maxBytes: 1_000_000, metrics: noMetrics });
    const load = cache.load([{ table: TABLE, key: key(1) }]);
    cache.committed([op(1, 1, 11)]);
    answers[0]!([old]);
    while (answers.length < 2) await Promise.resolve();
    answers[1]!([fresh]);
    expect((await load).map(show)).toEqual([[[1, 11]]]);
    expect(show(cache.peek(TABLE, key(1)))).toEqual([[1, 11]]);
  });

  it("reads no more of a key than what was asked for, and does not take a part for the whole (SPEC 4.6)", async () => {
    const { cache, commit } = await setUp();
    await commit([op(1, 1, 10), op(1, 2, 20), op(1, 3, 30), op(2, 1, 40)]);
    const within = (rows: number, bytes: number) =>
      cache.load([{ table: TABLE, key: key(1), most: { rows, bytes } }]).then(([found]) => show(found));
    for (const [rows, bytes] of [
      [0, 99],
      [2, 99],
      [99, 2],
    ] as const) {
      expect(await within(rows, bytes)).toBeUndefined();
      expect(cache.peek(TABLE, key(1))).toBeUndefined();
    }
    const all = [
      [1, 10],
      [2, 20],
      [3, 30],
    ];
    expect(await within(3, 3)).toEqual(all);
    expect(show(cache.peek(TABLE, key(1)))).toEqual(all);
    expect(await within(0, 0), "what is in memory costs no read").toEqual(all);
    await commit(Array.from({ length: 100 }, (_, row) => op(3, row + 1, row)));
    const many = (rows: number, bytes: number) => cache.load([{ table: TABLE, key: key(3), most: { rows, bytes } }]);
    expect(await many(99, 1_000)).toEqual([null]);
    expect(await many(100, 99)).toEqual([null]);
    expect((await many(100, 100))[0]).toHaveLength(100);
    const longest = new Uint8Array(255).fill(255);
    await commit([{ ...op(1, 1, 50), key: longest }]);
    const bound = { rows: 1, bytes: 1 };
    expect((await cache.load([{ table: TABLE, key: longest, most: bound }])).map(show)).toEqual([[[1, 50]]]);
  });

  it("does not read a key again for those who cannot pay for what is known of it (SPEC 4.6)", async () => {
    const backend = createMemoryBackend();
    let scans = 0;
    const counted: Pick<StorageBackend, "rowsMany" | "scan"> = {
      rowsMany: (table, keys) => backend.rowsMany(table, keys),
      scan: (table, range) => {
        scans++;
        return backend.scan(table, range);
      },
    };
    const cache = createTableCache({ backend: counted, maxBytes: 1_000_000, metrics: noMetrics });
    const long = new Uint8Array(1_000);
    await backend.commit(0, [{ ...op(1, 1, 0), fields: [long] }]);
    const within = (bytes: number) => cache.load([{ table: TABLE, key: key(1), most: { rows: 9, bytes } }]);
    for (let bytes = 0; bytes < 1_000; bytes += 100) expect(await within(bytes)).toEqual([null]);
    expect(scans).toBe(1);
    const shorter: RowOp[] = [{ ...op(1, 1, 0), fields: [long.subarray(500)] }];
    await backend.commit(1, shorter);
    cache.committed(shorter);
    expect((await within(500))[0]).toHaveLength(1);
    expect(scans).toBe(2);
  });

  it("reads nothing of the keys behind one of full length (SPEC 4.6)", async () => {
    const backend = createMemoryBackend();
    let read = 0;
    const counted: Pick<StorageBackend, "rowsMany" | "scan"> = {
      rowsMany: (table, keys) => backend.rowsMany(table, keys),
      async *scan(table, range) {
        for await (const row of backend.scan(table, range)) {
          read++;
          yield row;
        }
      },
    };
    const cache = createTableCache({ backend: counted, maxBytes: 1_000_000, metrics: noMetrics });
    const longKey = (...end: readonly number[]) =>
      Uint8Array.from([...new Array<number>(255 - end.length).fill(7), ...end]);
    const keys = [longKey(1), longKey(2), longKey(2, 255), longKey(3, 0), new Uint8Array(255).fill(255)];
    await backend.commit(
      0,
      keys.map((at, n) => ({ ...op(0, 1, n), key: at })),
    );
    for (const [n, at] of keys.entries()) {
      read = 0;
      const found = await cache.load([{ table: TABLE, key: at, most: { rows: 100, bytes: 100 } }]);
      expect(found.map(show)).toEqual([[[1, n]]]);
      expect(read).toBe(1);
    }
  });

  it("stays within its bytes and forgets the least recently used keys", async () => {
    const { cache, commit } = await setUp(10 * 350);
    await commit(Array.from({ length: 30 }, (_, n) => op(n, 1, n)));
    for (let n = 0; n < 30; n++) {
      await cache.load([{ table: TABLE, key: key(n) }]);
      expect(show(cache.peek(TABLE, key(0)))).toEqual([[1, 0]]);
    }
    const kept = Array.from({ length: 30 }, (_, n) => n).filter((n) => cache.peek(TABLE, key(n)) !== undefined);
    expect(kept.length).toBeLessThan(12);
    expect(kept).toContain(0);
    expect(kept).toContain(29);
    expect(kept).not.toContain(1);
  });

  it("equals the backend at every step, with loads and commits interleaved", async () => {
    const rng = createSeededRng(42);
    const { backend, cache, commit } = await setUp(6 * 350);
    const pending: Promise<unknown>[] = [];
    for (let round = 0; round < 300; round++) {
      const batch = Array.from({ length: rng.below(4) }, () =>
        op(rng.below(10), 1 + rng.below(3), rng.below(3) === 0 ? null : rng.below(200)),
      );
      const distinct = new Map(batch.map((change) => [`${change.key[0]}/${change.row}`, change]));
      pending.push(
        cache.load([
          { table: TABLE, key: key(rng.below(10)) },
          { table: TABLE, key: key(rng.below(10)) },
        ]),
      );
      await commit([...distinct.values()]);
      if (rng.below(3) === 0) await Promise.all(pending.splice(0));
      for (let n = 0; n < 10; n++) {
        const cached = cache.peek(TABLE, key(n));
        if (cached !== undefined) expect(show(cached)).toEqual(show(await backend.rows(TABLE, key(n))));
      }
    }
  });
});
