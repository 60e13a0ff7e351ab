import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mariadbAvailable, startMariadb, TEST_PASSWORD, TEST_USER } from "@fb/mariadb";
import { noMetrics, silentLogger, systemClock, systemRng } from "@fb/runtime";
import { openMysql } from "@fb/storage-amdb/mysql";
import { openRocksdb } from "@fb/storage-amdb/rocksdb";
import type { RowOp, StorageBackend } from "@fb/types";
import { RawMysql } from "./raw-mysql.ts";
import { RawRocksdb } from "./raw-rocksdb.ts";
import { rowsOfBlock } from "./rows.ts";

export interface StorageBenchOptions {
  readonly blocks: number;
  /** In a block. */
  readonly rows: number;
}

export interface StorageFigures {
  readonly store: string;
  /** Rows a second of commits, medians. */
  readonly rowsPerSecond: number;
  readonly rawRowsPerSecond: number;
  /** The median of the ratios of neighbouring blocks: what else runs on the machine slows both. */
  readonly ratio: number;
  /** Keys a second of point reads asked for together, first after a restart of the backend, then again. */
  readonly coldReadsPerSecond: number;
  readonly hotReadsPerSecond: number;
  /** Microseconds of one read alone, median. */
  readonly readMicros: number;
}

interface Raw {
  commit(batch: readonly RowOp[]): Promise<void>;
  close(): Promise<void>;
}

/** Blocks of rows committed by a backend and by its library alone, in turn, then read back. */
export async function runStorageBench(options: StorageBenchOptions): Promise<StorageFigures[]> {
  const folder = await mkdtemp(join(tmpdir(), "fb-bench-storage-"));
  const figures: StorageFigures[] = [];
  try {
    const open = () => openRocksdb({ path: join(folder, "rows") });
    figures.push(await measure("rocksdb", open, await RawRocksdb.open(join(folder, "raw")), options));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (!mariadbAvailable()) return figures;
  const server = await startMariadb({ args: ["--innodb-buffer-pool-size=1G", "--innodb-log-file-size=256M"] });
  try {
    for (const name of ["store", "raw"]) await server.createDatabase(name);
    const { host, port } = server;
    const place = { hosts: [{ host, port }], user: TEST_USER, password: () => TEST_PASSWORD, database: "store" };
    const deps = { clock: systemClock, rng: systemRng, log: silentLogger, metrics: noMetrics };
    const open = () => openMysql({ ...place, chainId: 1, groupId: 1 }, deps);
    const raw = await RawMysql.open({ host, port, user: TEST_USER, password: TEST_PASSWORD, database: "raw" });
    figures.push(await measure("mariadb", open, raw, options));
  } finally {
    await server.dispose();
  }
  return figures;
}

async function measure(
  store: string,
  open: () => Promise<StorageBackend>,
  raw: Raw,
  { blocks, rows }: StorageBenchOptions,
): Promise<StorageFigures> {
  let backend = await open();
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let height = 0; height < blocks; height++) {
    const batch = rowsOfBlock(height, rows);
    const commit = async () => ours.push(await timed(() => backend.commit(height, batch)));
    const commitRaw = async () => theirs.push(await timed(() => raw.commit(batch)));
    // Whoever comes second finds what the first has warmed up.
    for (const job of height % 2 === 0 ? [commit, commitRaw] : [commitRaw, commit]) await job();
  }
  await raw.close();
  await backend.close();
  backend = await open();
  const asked = rowsOfBlock(Math.floor(blocks / 2), rows);
  const readAll = () => timed(() => Promise.all(asked.map(({ table, key }) => backend.rows(table, key))));
  const cold = await readAll();
  const hot = await readAll();
  const single: number[] = [];
  for (const { table, key } of asked.slice(0, 500)) single.push(await timed(() => backend.rows(table, key)));
  await backend.close();
  const perSecond = (count: number, ms: number) => (1000 * count) / ms;
  return {
    store,
    rowsPerSecond: perSecond(rows, median(ours)),
    rawRowsPerSecond: perSecond(rows, median(theirs)),
    ratio: median(ours.map((ms, i) => theirs[i]! / ms)),
    coldReadsPerSecond: perSecond(rows, cold),
    hotReadsPerSecond: perSecond(rows, hot),
    readMicros: 1000 * median(single),
  };
}

async function timed(job: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await job();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
