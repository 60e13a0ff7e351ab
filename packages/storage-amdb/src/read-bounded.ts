import { equalBytes, type LoadBound, type StorageBackend, type StoredRow } from "@fb/types";
import { TABLE_LIMITS } from "./schema.ts";

/** Most keys hold fewer rows: a scan as short as this costs no backend more than a read. */
const SHORT_SCAN_ROWS = 64;

/** All rows under a key; null once they turn out to be more than `most`, without reading on. */
export async function readBounded(
  backend: Pick<StorageBackend, "scan">,
  table: string,
  key: Uint8Array,
  most: LoadBound,
): Promise<readonly StoredRow[] | null> {
  if (most.rows >= SHORT_SCAN_ROWS) {
    const rows = await readFirst(backend, table, key, SHORT_SCAN_ROWS, most.bytes);
    if (rows === null || rows.length < SHORT_SCAN_ROWS) return rows;
  }
  const rows = await readFirst(backend, table, key, most.rows + 1, most.bytes);
  return rows === null || rows.length > most.rows ? null : rows;
}

/** The first rows under a key; null when they have more than `maxBytes`. */
async function readFirst(
  backend: Pick<StorageBackend, "scan">,
  table: string,
  key: Uint8Array,
  limit: number,
  maxBytes: number,
): Promise<readonly StoredRow[] | null> {
  const rows: StoredRow[] = [];
  let bytes = 0;
  for await (const row of backend.scan(table, { from: key, ...endOf(key), limit })) {
    if (!equalBytes(row.key, key)) break;
    for (const field of row.fields) bytes += field.length;
    if (bytes > maxBytes) return null;
    rows.push(row);
  }
  return rows;
}

/** The next key is this one and a zero; behind a key of full length comes whatever comes. */
function endOf(key: Uint8Array): { to?: Uint8Array } {
  if (key.length === TABLE_LIMITS.maxKeyBytes) return {};
  const to = new Uint8Array(key.length + 1);
  to.set(key);
  return { to };
}
