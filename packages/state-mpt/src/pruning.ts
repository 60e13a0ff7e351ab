import { keyNumber, numberKey, storageError, TABLES } from "@fb/storage-amdb";
import type { Height, RowOp, StorageBackend } from "@fb/types";
import { packKeys, unpackKeys } from "./node-key.ts";

/** Bytes of node keys in one row of the list of stale nodes. */
const CHUNK_BYTES = 512 * 1024;
/** Heights that one block prunes at most: a backlog goes bit by bit. */
const MAX_ROOTS = 8;
const MAX_CHUNKS = 8;

/** Rows that list what block `height` made stale: nodes of the block before that its own state no longer has. */
export function staleRows(height: Height, keys: readonly Uint8Array[]): RowOp[] {
  const rows: RowOp[] = [];
  let chunk: Uint8Array[] = [];
  let bytes = 0;
  const flush = (): void => {
    if (chunk.length === 0) return;
    rows.push({ table: TABLES.trieStale, key: numberKey(height), row: rows.length + 1, fields: [packKeys(chunk)] });
    chunk = [];
    bytes = 0;
  };
  for (const key of keys) {
    chunk.push(key);
    bytes += 1 + key.length;
    if (bytes >= CHUNK_BYTES) flush();
  }
  flush();
  return rows;
}

/**
 * Removals that make heights below `lowest` unreadable and free their nodes: the oldest roots first, then the lists of
 * stale nodes up to the lowest root that is left. Bounded per call; the next block goes on.
 */
export async function pruneRows(backend: StorageBackend, lowest: Height): Promise<RowOp[]> {
  const ops: RowOp[] = [];
  let kept = lowest;
  for await (const { key, row } of backend.scan(TABLES.stateRoots, { to: numberKey(lowest), limit: MAX_ROOTS + 1 })) {
    if (ops.length === MAX_ROOTS) {
      kept = keyNumber(key);
      break;
    }
    ops.push({ table: TABLES.stateRoots, key, row, fields: null });
  }
  for await (const list of backend.scan(TABLES.trieStale, { to: numberKey(kept + 1), limit: MAX_CHUNKS })) {
    const nodes = unpackKeys(list.fields[0]!);
    if (nodes === null) throw storageError("STORAGE_CORRUPT", "list of stale nodes is unreadable");
    for (const key of nodes) ops.push({ table: TABLES.trieNodes, key, row: 0, fields: null });
    ops.push({ table: TABLES.trieStale, key: list.key, row: list.row, fields: null });
  }
  return ops;
}
