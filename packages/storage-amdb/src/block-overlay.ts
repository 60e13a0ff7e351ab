import {
  compareBytes,
  EMPTY,
  type Height,
  type RowFields,
  type RowOp,
  type StoredRow,
  type TableLoad,
} from "@fb/types";
import type { Condition } from "./condition.ts";
import { type Entry, type FieldValues, matching, toEntry } from "./entry.ts";
import { storageError } from "./errors.ts";
import { type KeyState, rowsOf } from "./key-state.ts";
import type { RowSource } from "./ports.ts";
import { rowKey } from "./row-key.ts";
import { schemaFromRow, TABLE_LIMITS, type TableSchema } from "./schema.ts";
import { numberKey, schemaOf, TABLES } from "./system-tables.ts";

/** One write to a consensus table, as `writeSetDigest` takes it. */
export interface ConsensusWrite {
  readonly table: string;
  readonly key: Uint8Array;
  /** Position among the rows of the key: those before the block, then the inserted ones. */
  readonly row: number;
  /** Value fields without `_num_`; null = removed. */
  readonly fields: RowFields | null;
}

interface Undo {
  readonly state: KeyState;
  readonly row: number;
  /** Undefined = the row had no edit. */
  readonly previous: RowFields | null | undefined;
  readonly nextRow: number;
}

/**
 * The table writes of one block over a {@link RowSource}. Everything but `load` is synchronous; an access to a key that
 * is neither here nor in the source's memory throws ROW_NOT_LOADED. Keys once seen are kept, so reads repeat exactly
 * while the source moves on.
 */
export class BlockOverlay {
  readonly #source: RowSource;
  readonly #num: Uint8Array;
  readonly #states = new Map<string, KeyState>();
  readonly #undo: Undo[] = [];

  /** @param height number of the block, recorded as `_num_` */
  constructor(source: RowSource, height: Height) {
    this.#source = source;
    this.#num = numberKey(height);
  }

  peek(table: string, key: Uint8Array): readonly StoredRow[] | undefined {
    const state = this.#find(table, key);
    return state === undefined ? undefined : rowsOf(state);
  }

  /** Afterwards the keys can be peeked, except those that hold more than their `most`. */
  async load(loads: readonly TableLoad[]): Promise<void> {
    const missing = loads.filter(({ table, key }) => this.#find(table, key) === undefined);
    if (missing.length === 0) return;
    const rows = await this.#source.load(missing);
    for (let i = 0; i < missing.length; i++) {
      const { table, key } = missing[i]!;
      const id = rowKey(table, key);
      const found = rows[i]!;
      if (found !== null && !this.#states.has(id)) this.#keep(id, table, key, found);
    }
  }

  /**
   * Schema of a table: fixed for system and contract tables, read from `_sys_tables_` for user tables. Null = there is no
   * such table; undefined = its `_sys_tables_` row (key: the table's name in UTF-8) must be loaded first.
   */
  schema(table: string): TableSchema | null | undefined {
    const fixed = schemaOf(table);
    if (fixed !== undefined) return fixed;
    if (!table.startsWith("u_")) return null;
    const rows = this.peek(TABLES.tables, encoder.encode(table));
    if (rows === undefined) return undefined;
    return rows.length === 0 ? null : schemaFromRow(table, rows[0]!.fields);
  }

  /** Rows under a key that satisfy the condition. Throws ROW_NOT_LOADED, TABLE_UNKNOWN, FIELD_UNKNOWN. */
  select(table: string, key: Uint8Array, condition?: Condition): readonly Entry[] {
    const schema = this.#schema(table);
    return matching(schema, rowsOf(this.#need(table, key)), condition).map((row) => toEntry(schema, row));
  }

  /**
   * Adds a row. In a key-unique table it replaces the row of the key. Returns the rows written (1).
   * Throws ROW_NOT_LOADED, TABLE_UNKNOWN, FIELD_UNKNOWN, ROW_INVALID.
   */
  insert(table: string, key: Uint8Array, values: FieldValues): number {
    const schema = this.#schema(table);
    const state = this.#need(table, key);
    const fields: Uint8Array[] = schema.valueFields.map(() => EMPTY);
    this.#assign(schema, fields, values);
    if (schema.keyUnique) this.#edit(state, 0, this.#stamped(schema, fields));
    else this.#edit(state, state.nextRow, this.#stamped(schema, fields), state.nextRow + 1);
    return 1;
  }

  /** Sets fields of the rows that satisfy the condition; returns how many. Throws like {@link insert}. */
  update(table: string, key: Uint8Array, values: FieldValues, condition?: Condition): number {
    const schema = this.#schema(table);
    const state = this.#need(table, key);
    const pairs = [...values];
    const rows = matching(schema, rowsOf(state), condition);
    for (const row of rows) {
      const fields = row.fields.slice(0, schema.valueFields.length);
      this.#assign(schema, fields, pairs);
      this.#edit(state, row.row, this.#stamped(schema, fields));
    }
    return rows.length;
  }

  /** Removes the rows that satisfy the condition; returns how many. Throws ROW_NOT_LOADED, TABLE_UNKNOWN, FIELD_UNKNOWN. */
  remove(table: string, key: Uint8Array, condition?: Condition): number {
    const schema = this.#schema(table);
    const state = this.#need(table, key);
    const rows = matching(schema, rowsOf(state), condition);
    for (const row of rows) this.#edit(state, row.row, null);
    return rows.length;
  }

  /** A mark to return to; marks grow with every write. */
  savepoint(): number {
    return this.#undo.length;
  }

  /** Undoes every write after the mark without a trace in batch or digest. */
  revertTo(savepoint: number): void {
    while (this.#undo.length > savepoint) {
      const { state, row, previous, nextRow } = this.#undo.pop()!;
      if (previous === undefined) state.edits.delete(row);
      else state.edits.set(row, previous);
      state.nextRow = nextRow;
      state.merged = null;
    }
  }

  /** The block's row operations, ordered by (table, key, row). Rows that came and went within the block leave nothing. */
  batch(): RowOp[] {
    const ops: RowOp[] = [];
    for (const state of this.#touched()) {
      const known = new Set(state.base.map((row) => row.row));
      for (const row of [...state.edits.keys()].sort((a, b) => a - b)) {
        const fields = state.edits.get(row)!;
        if (fields !== null || known.has(row)) ops.push({ table: state.table, key: state.key, row, fields });
      }
    }
    return ops;
  }

  /** The block's writes to consensus tables for `writeSetDigest`, ordered by (table, key, row). `_num_` is left out. */
  consensusWrites(): ConsensusWrite[] {
    const writes: ConsensusWrite[] = [];
    for (const state of this.#touched()) {
      const schema = this.#schema(state.table);
      if (!schema.consensus) continue;
      const width = schema.valueFields.length;
      const { table, key } = state;
      state.base.forEach((base, row) => {
        const fields = state.edits.get(base.row);
        if (fields !== undefined) writes.push({ table, key, row, fields: fields?.slice(0, width) ?? null });
      });
      let row = state.base.length;
      const known = new Set(state.base.map((base) => base.row));
      for (const id of [...state.edits.keys()].sort((a, b) => a - b)) {
        const fields = state.edits.get(id)!;
        if (!known.has(id) && fields !== null) writes.push({ table, key, row: row++, fields: fields.slice(0, width) });
      }
    }
    return writes;
  }

  #touched(): KeyState[] {
    const touched = [...this.#states.values()].filter((state) => state.edits.size > 0);
    return touched.sort((a, b) => (a.table === b.table ? compareBytes(a.key, b.key) : a.table < b.table ? -1 : 1));
  }

  #find(table: string, key: Uint8Array): KeyState | undefined {
    const id = rowKey(table, key);
    const state = this.#states.get(id);
    if (state !== undefined) return state;
    const rows = this.#source.peek(table, key);
    return rows === undefined ? undefined : this.#keep(id, table, key, rows);
  }

  #keep(id: string, table: string, key: Uint8Array, base: readonly StoredRow[]): KeyState {
    const last = base.at(-1);
    const nextRow = last === undefined ? 1 : last.row + 1;
    const state: KeyState = { table, key: key.slice(), base, edits: new Map(), merged: base, nextRow };
    this.#states.set(id, state);
    return state;
  }

  #need(table: string, key: Uint8Array): KeyState {
    const state = this.#find(table, key);
    if (state === undefined) throw storageError("ROW_NOT_LOADED", "table key accessed before it was loaded", { table });
    return state;
  }

  #schema(table: string): TableSchema {
    const schema = this.schema(table);
    if (schema === undefined) throw storageError("ROW_NOT_LOADED", "description of a user table not loaded", { table });
    if (schema === null) throw storageError("TABLE_UNKNOWN", "no such table", { table });
    return schema;
  }

  #assign(schema: TableSchema, fields: Uint8Array[], values: FieldValues): void {
    for (const [name, value] of values) {
      const column = schema.valueFields.indexOf(name);
      if (column < 0) throw storageError("FIELD_UNKNOWN", "no such field", { table: schema.name, field: name });
      if (value.length > TABLE_LIMITS.maxFieldBytes) {
        throw storageError("ROW_INVALID", "field value too long", { table: schema.name, bytes: value.length });
      }
      fields[column] = value;
    }
  }

  #stamped(schema: TableSchema, fields: Uint8Array[]): RowFields {
    return schema.consensus ? [...fields, this.#num] : fields;
  }

  #edit(state: KeyState, row: number, fields: RowFields | null, nextRow = state.nextRow): void {
    if (state.key.length > TABLE_LIMITS.maxKeyBytes) {
      throw storageError("ROW_INVALID", "key too long", { table: state.table, bytes: state.key.length });
    }
    this.#undo.push({ state, row, previous: state.edits.get(row), nextRow: state.nextRow });
    state.edits.set(row, fields);
    state.nextRow = nextRow;
    state.merged = null;
  }
}

const encoder = new TextEncoder();
