import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noMetrics } from "@fb/runtime";
import type { RowOp, StorageBackend } from "@fb/types";
import { afterAll, beforeAll, expect, it } from "vitest";
import { BlockOverlay, createTableCache } from "../src/index.ts";
import { openRocksdb } from "../src/rocksdb/index.ts";

const ROWS = 100_000;
const key = new TextEncoder().encode("all");
let path: string;
let backend: StorageBackend;

beforeAll(async () => {
  path = await mkdtemp(join(tmpdir(), "fb-bounded-"));
  backend = await openRocksdb({ path });
  const fields = [new Uint8Array(40), new Uint8Array(8)];
  await backend.commit(
    0,
    Array.from({ length: ROWS }, (_, i): RowOp => ({ table: "u_rows", key, row: i + 1, fields })),
  );
});
afterAll(async () => {
  await backend.close();
  await rm(path, { recursive: true });
});

it("of a key with 100,000 rows no more are read than are paid for (SPEC 4.6)", async () => {
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
  const overlay = new BlockOverlay(cache, 1);
  const load = (rows: number, bytes: number) => overlay.load([{ table: "u_rows", key, most: { rows, bytes } }]);
  await load(500, 1_000_000);
  // The first 64 rows twice: most keys hold fewer.
  expect(read).toBe(64 + 501);
  read = 0;
  await load(ROWS, 4_800);
  expect(read, "it is known to have more than that").toBe(0);
  await load(ROWS, 48_000);
  expect(read).toBe(64 + 1_001);
  expect(overlay.peek("u_rows", key)).toBeUndefined();
  await load(ROWS, ROWS * 48);
  expect(overlay.peek("u_rows", key)).toHaveLength(ROWS);
});
