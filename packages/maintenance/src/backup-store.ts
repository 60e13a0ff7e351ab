import { type Hash, type Height, invariant, type TableRow } from "@fb/types";
import { maintenanceError } from "./errors.ts";
import { writeFrames } from "./files/frame-writer.ts";
import { encodeRow, fitsFile } from "./files/row-items.ts";
import { identityOf } from "./identity.ts";
import type { FileOptions } from "./options.ts";
import type { BackupDeps, JobDeps } from "./ports.ts";

export interface BackupResult {
  readonly height: Height;
  readonly headHash: Hash;
  readonly rows: number;
  readonly bytes: number;
  /** Fingerprint of the file. */
  readonly digest: Uint8Array;
}

/**
 * Writes all rows of a store at its height into a file, which is there only when it is whole. Blocks may be committed
 * meanwhile. Rejects with STORE_EMPTY, with what storage rejects with, and with what the file system says.
 */
export async function backupStore(
  { path, genesis, keys = null }: FileOptions,
  { backend, onProgress, signal }: BackupDeps,
): Promise<BackupResult> {
  const snapshot = await backend.snapshot();
  try {
    const { height } = snapshot;
    if (height < 0) throw maintenanceError("STORE_EMPTY", "the store holds no block");
    const identity = await identityOf(genesis, backend, height);
    const header = { ...identity, kind: "backup", from: 0 } as const;
    const content = { header, items: told(snapshot.rows, { onProgress, signal }), encode: encodeRow };
    const written = await writeFrames(path, content, keys);
    return { height, headHash: identity.headHash, rows: written.items, bytes: written.bytes, digest: written.digest };
  } finally {
    await snapshot.close();
  }
}

async function* told(rows: AsyncIterable<TableRow>, { onProgress, signal }: JobDeps): AsyncIterable<TableRow> {
  let done = 0;
  for await (const row of rows) {
    invariant(fitsFile(row), "a row keeps the limits of tables", { table: row.table });
    yield row;
    if (++done % 256 !== 0) continue;
    signal.throwIfAborted();
    onProgress({ step: "backup", done, total: null, unit: "rows" });
  }
}
