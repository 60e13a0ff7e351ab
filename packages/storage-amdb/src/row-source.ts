import type { Height, RowOp, StoredRow, TableLoad } from "@fb/types";

/** Rows as an overlay sees them below itself: the cache at the head, or the overlay of the parent block. */
export interface RowSource {
  /** The last durable block these rows are based on. */
  head(): Height;
  /** All rows under a key, ascending row id; undefined = not in memory. Never does I/O. */
  peek(table: string, key: Uint8Array): readonly StoredRow[] | undefined;
  /** Rows of each key in the order asked; afterwards `peek` answers them from memory. */
  load(loads: readonly TableLoad[]): Promise<readonly (readonly StoredRow[])[]>;
}

/** Map key of (table, key). A table name never holds a NUL. */
export function rowKey(table: string, key: Uint8Array): string {
  return `${table}\0${binaryString(key)}`;
}

/** One UTF-16 unit per byte: ordered like the bytes and cheap to build. */
export function binaryString(bytes: Uint8Array): string {
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

/** Rows of a key after the operations on it, in ascending row id. */
export function applyOps(rows: readonly StoredRow[], ops: readonly RowOp[]): readonly StoredRow[] {
  const byRow = new Map(rows.map((row) => [row.row, row]));
  for (const op of ops) {
    if (op.fields === null) byRow.delete(op.row);
    else byRow.set(op.row, { key: op.key, row: op.row, fields: op.fields });
  }
  return [...byRow.values()].sort((a, b) => a.row - b.row);
}
