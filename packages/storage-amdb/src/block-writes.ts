import { compareBytes, type RowFields, type RowOp } from "@fb/types";
import type { KeyState } from "./key-state.ts";

/** One write to a consensus table, as `writeSetDigest` takes it. */
export interface ConsensusWrite {
  readonly table: string;
  readonly key: Uint8Array;
  /** Position among the rows of the key: those before the block, then the inserted ones. */
  readonly row: number;
  /** Value fields without `_num_`; null = removed. */
  readonly fields: RowFields | null;
}

/** Row operations on these keys, ordered by (table, key, row). Rows that came and went within the block leave nothing. */
export function batchOf(states: Iterable<KeyState>): RowOp[] {
  const ops: RowOp[] = [];
  for (const state of touched(states)) {
    const known = new Set(state.base.map((row) => row.row));
    for (const row of [...state.edits.keys()].sort((a, b) => a - b)) {
      const fields = state.edits.get(row)!;
      if (fields !== null || known.has(row)) ops.push({ table: state.table, key: state.key, row, fields });
    }
  }
  return ops;
}

/** Those to consensus tables for `writeSetDigest` (SPEC 1.8). */
export function consensusWritesOf(states: Iterable<KeyState>): ConsensusWrite[] {
  const writes: ConsensusWrite[] = [];
  for (const { table, key, schema, base, edits } of touched(states)) {
    if (schema?.consensus !== true) continue;
    const width = schema.valueFields.length;
    base.forEach(({ row }, position) => {
      const fields = edits.get(row);
      if (fields !== undefined) writes.push({ table, key, row: position, fields: fields?.slice(0, width) ?? null });
    });
    let position = base.length;
    const known = new Set(base.map(({ row }) => row));
    for (const row of [...edits.keys()].sort((a, b) => a - b)) {
      const fields = edits.get(row)!;
      if (known.has(row) || fields === null) continue;
      writes.push({ table, key, row: position++, fields: fields.slice(0, width) });
    }
  }
  return writes;
}

function touched(states: Iterable<KeyState>): KeyState[] {
  const some = [...states].filter((state) => state.edits.size > 0);
  return some.sort((a, b) => (a.table === b.table ? compareBytes(a.key, b.key) : a.table < b.table ? -1 : 1));
}
