import type { Height, StorageBackend, TableRow } from "@fb/types";
import { compareStores } from "./compare-stores.ts";
import { maintenanceError } from "./errors.ts";
import { Faults } from "./faults.ts";
import type { JobDeps } from "./ports.ts";

export interface CopyResult {
  readonly height: Height;
  /** The same in both stores afterwards. */
  readonly rows: number;
}

/**
 * Fills an empty store with the rows of another one, of any backend, and reads both once more to see that they are equal.
 * Rejects with STORE_EMPTY, STORE_NOT_EMPTY, COPY_DIFFERS, and with what storage rejects with. What is broken off leaves
 * a store that takes no block, and is copied to anew.
 */
export async function copyStore(from: StorageBackend, to: StorageBackend, job: JobDeps): Promise<CopyResult> {
  if (from.height() < 0) throw maintenanceError("STORE_EMPTY", "the store to copy holds no block");
  if (to.height() >= 0) throw maintenanceError("STORE_NOT_EMPTY", "the store to copy to holds blocks");
  const source = await from.snapshot();
  const { height } = source;
  try {
    await to.fill(height, told(source.rows, job));
  } finally {
    await source.close();
  }
  const faults = new Faults(1);
  const options = { step: "compare", report: faults.report };
  const rows = await compareStores(await from.snapshot(), await to.snapshot(), options, job);
  if (faults.total === 0) return { height, rows };
  const [first] = faults.first;
  const message = `${faults.total} rows are not the same in both stores, first ${first!.code} in ${first!.table}`;
  throw maintenanceError("COPY_DIFFERS", message, { rows: faults.total });
}

async function* told(rows: AsyncIterable<TableRow>, { onProgress, signal }: JobDeps): AsyncIterable<TableRow> {
  let done = 0;
  for await (const row of rows) {
    yield row;
    if (++done % 256 !== 0) continue;
    signal.throwIfAborted();
    onProgress({ step: "copy", done, total: null, unit: "rows" });
  }
}
