import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKeyRing, groupKeys, parseMasterKeys } from "@fb/runtime/encryption";
import { createSeededRng } from "@fb/runtime/testing";
import { numberKey, TABLES } from "@fb/storage-amdb";
import { openRocksdb } from "@fb/storage-amdb/rocksdb";
import type { RowOp, StorageBackend } from "@fb/types";

const MASTER = `0${"e".repeat(63)}`;
const VALUE_BYTES = 100;

export interface EncryptionBenchOptions {
  readonly blocks: number;
  /** Of a block, and read again after it. */
  readonly rows: number;
}

/** Medians over the blocks, in milliseconds of CPU. */
export interface EncryptionFigures {
  readonly store: "in clear" | "encrypted";
  readonly commitMs: number;
  readonly readMs: number;
}

/** The same blocks into a store in clear and an encrypted one, in turn, so that both meet the same machine. */
export async function runEncryptionBench(options: EncryptionBenchOptions): Promise<EncryptionFigures[]> {
  const folder = mkdtempSync(join(tmpdir(), "fb-bench-"));
  const keys = createKeyRing(groupKeys(parseMasterKeys(MASTER), { chainId: 1, groupId: 1 }));
  const stores = [
    { store: "in clear" as const, backend: await openRocksdb({ path: join(folder, "clear") }) },
    { store: "encrypted" as const, backend: await openRocksdb({ path: join(folder, "encrypted"), keys }) },
  ].map((store) => ({ ...store, commits: [] as number[], reads: [] as number[] }));
  try {
    for (let height = 0; height < options.blocks; height++) {
      const batch = blockOf(height, options.rows);
      for (const { backend, commits, reads } of stores) {
        commits.push(await spent(() => backend.commit(height, batch)));
        reads.push(await spent(() => readAll(backend, batch)));
      }
    }
    return stores.map(({ store, commits, reads }) => ({ store, commitMs: median(commits), readMs: median(reads) }));
  } finally {
    for (const { backend } of stores) await backend.close();
    rmSync(folder, { recursive: true });
  }
}

function blockOf(height: number, rows: number): RowOp[] {
  const rng = createSeededRng(height);
  return Array.from({ length: rows }, () => ({
    table: TABLES.hashToNumber,
    key: numberKey(rng.below(rows * 20)),
    row: 0,
    fields: [rng.bytes(VALUE_BYTES)],
  }));
}

async function readAll(backend: StorageBackend, batch: readonly RowOp[]): Promise<void> {
  await backend.rowsMany(
    TABLES.hashToNumber,
    batch.map(({ key }) => key),
  );
}

/** CPU of all threads of this process, which other programs on the machine change less than the time it takes. */
async function spent(job: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await job();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
