import { equalBytes, type LoadBound, type StorageBackend, type StoredRow } from "@fb/types";
import { TABLE_LIMITS } from "./schema.ts";

/** Most keys hold fewer rows: a scan as short as this costs no backend more than a read. */
const SHORT_SCAN_ROWS = 64;

/** Rows under a key from the first on. */
export interface BoundedRows {
  /** Null = they are more than was asked for, and at least `seen`. */
  readonly rows: readonly StoredRow[] | null;
  /** What was read of them. */
  readonly seen: LoadBound;
}

/** All rows under a key, unless they turn out to be more than `most`: then nothing is read on. */
export async function readBounded(
  backend: Pick<StorageBackend, "scan">,
  table: string,
  key: Uint8Array,
  most: LoadBound,
): Promise<BoundedRows> {
  if (most.rows >= SHORT_SCAN_ROWS) {
    const first = await readFirst(backend, table, key, SHORT_SCAN_ROWS, most.bytes);
    if (first.rows === null || first.rows.length < SHORT_SCAN_ROWS) return first;
  }
  const read = await readFirst(backend, table, key, most.rows + 1, most.bytes);
  return read.seen.rows > most.rows ? { ...read, rows: null } : read;
}

/** The first rows under a key, unless they have more than `maxBytes`. */
async function readFirst(
  backend: Pick<StorageBackend, "scan">,
  table: string,
  key: Uint8Array,
  limit: number,
  maxBytes: number,
): Promise<BoundedRows> {
  const rows: StoredRow[] = [];
  let bytes = 0;
  for await (const row of backend.scan(table, { from: key, ...endOf(key), limit })) {
    if (!equalBytes(row.key, key)) break;
    for (const field of row.fields) bytes += field.length;
    if (bytes > maxBytes) return { rows: null, seen: { rows: rows.length + 1, bytes } };
    rows.push(row);
  }
  return { rows, seen: { rows: rows.length, bytes } };
}

/**
 * The next key is this one and a zero. Behind a key of full length it is the next of those as long, which ends where the last
 * byte that can grow has grown.
 */
function endOf(key: Uint8Array): { to?: Uint8Array } {
  if (key.length < TABLE_LIMITS.maxKeyBytes) {
    const to = new Uint8Array(key.length + 1);
    to.set(key);
    return { to };
  }
  const last = key.findLastIndex((byte) => byte < 0xff);
  if (last < 0) return {};
  const to = key.slice(0, last + 1);
  to[last]!++;
  return { to };
}
