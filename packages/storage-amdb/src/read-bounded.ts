import { equalBytes, type LoadBound, type StorageBackend, type StoredRow } from "@fb/types";
import { TABLE_LIMITS } from "./schema.ts";

/** All rows under a key; null once they turn out to be more than `most`, without reading on. */
export async function readBounded(
  backend: Pick<StorageBackend, "scan">,
  table: string,
  key: Uint8Array,
  most: LoadBound,
): Promise<readonly StoredRow[] | null> {
  const rows: StoredRow[] = [];
  let bytes = 0;
  for await (const row of backend.scan(table, { from: key, ...endOf(key), limit: most.rows + 1 })) {
    if (!equalBytes(row.key, key)) break;
    for (const field of row.fields) bytes += field.length;
    if (rows.length === most.rows || bytes > most.bytes) return null;
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
