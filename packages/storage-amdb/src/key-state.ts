import type { RowFields, StoredRow } from "@fb/types";
import type { TableSchema } from "./schema.ts";

/** What a row counts beside its fields. */
export const ROW_BYTES = 256;

/** Rows of one key: what was there before the block and what the block did to it. */
export interface KeyState {
  readonly table: string;
  readonly key: Uint8Array;
  /** Rows before the block; without their fields when they are not held. */
  base: readonly StoredRow[];
  /** Whether the base is whole. */
  isHeld: boolean;
  /** The transaction that last read the key, counted from 1; 0 = none. */
  claimedBy: number;
  /** Of the newest write; null = none. */
  schema: TableSchema | null;
  /** Last value by row id; null = removed. Only rows the block touched. */
  readonly edits: Map<number, RowFields | null>;
  /** Rows now; null = to be merged again. */
  merged: readonly StoredRow[] | null;
  nextRow: number;
}

/** The rows of a key now, in ascending row id. */
export function rowsOf(state: KeyState): readonly StoredRow[] {
  if (state.merged !== null) return state.merged;
  const rows: StoredRow[] = [];
  const inserted = new Map(state.edits);
  for (const base of state.base) {
    const fields = state.edits.get(base.row);
    inserted.delete(base.row);
    if (fields === undefined) rows.push(base);
    else if (fields !== null) rows.push({ key: state.key, row: base.row, fields });
  }
  for (const row of [...inserted.keys()].sort((a, b) => a - b)) {
    const fields = inserted.get(row)!;
    if (fields !== null) rows.push({ key: state.key, row, fields });
  }
  state.merged = rows;
  return rows;
}

/** What rows take of memory, beside the key they are under (SPEC 4.7). */
export function bytesOfRows(rows: readonly StoredRow[]): number {
  let bytes = ROW_BYTES * rows.length;
  for (const { fields } of rows) for (const field of fields) bytes += field.length;
  return bytes;
}
