import {
  EMPTY,
  type Height,
  type LoadBound,
  type RowFields,
  type RowOp,
  type StoredRow,
  type TableLoad,
} from "@fb/types";
import { batchOf, type ConsensusWrite, consensusWritesOf } from "./block-writes.ts";
import type { Condition } from "./condition.ts";
import { type Entry, type FieldValues, matching, toEntry } from "./entry.ts";
import { storageError } from "./errors.ts";
import { bytesOfRows, type KeyState, ROW_BYTES, rowsOf } from "./key-state.ts";
import type { RowSource } from "./ports.ts";
import { rowKey } from "./row-key.ts";
import { schemaFromRow, TABLE_LIMITS, type TableSchema } from "./schema.ts";
import { numberKey, schemaOf, TABLES } from "./system-tables.ts";

/** Rows that one transaction may read, as {@link bytesOfRows} counts them: a rule of consensus (SPEC 4.7). */
const MAX_READ_BYTES = 256 * 1024 * 1024;
/** Rows that are kept from one transaction to the next. */
const KEPT_BYTES = 64 * 1024 * 1024;
/** What a key takes of memory beside its rows. */
const KEY_BYTES = 1_024;

interface Undo {
  readonly state: KeyState;
  readonly row: number;
  /** Undefined = the row had no edit. */
  readonly previous: RowFields | null | undefined;
  readonly nextRow: number;
}

/**
 * The table writes of one block over a {@link RowSource}. Everything but `load` is synchronous; an access to a key that
 * is neither here nor in the source's memory throws ROW_NOT_LOADED. Keys once seen are kept as long as a transaction runs,
 * so reads repeat exactly in it while the source moves on; of earlier ones what was written is kept, and rows in bounds.
 */
export class BlockOverlay {
  readonly #source: RowSource;
  readonly #num: Uint8Array;
  readonly #states = new Map<string, KeyState>();
  readonly #undo: Undo[] = [];
  /** Memory of the keys that are held. */
  #heldBytes = 0;
  #transaction = 1;
  /** Of the keys that the transaction has read. */
  #readBytes = 0;
  /** Keys loaded for who may not be able to pay for them. */
  readonly #loaded: string[] = [];

  /** @param height number of the block, recorded as `_num_` */
  constructor(source: RowSource, height: Height) {
    this.#source = source;
    this.#num = numberKey(height);
  }

  peek(table: string, key: Uint8Array): readonly StoredRow[] | undefined {
    const state = this.#find(table, key);
    return state === undefined ? undefined : rowsOf(state);
  }

  /**
   * Afterwards the keys can be peeked, except those that hold more than their `most`. What was loaded so, and is not claimed
   * until the next load, is given up then.
   */
  async load(loads: readonly TableLoad[]): Promise<void> {
    this.#releaseUnclaimed();
    const missing = loads.filter(({ table, key }) => this.#find(table, key) === undefined);
    if (missing.length === 0) return;
    const rows = await this.#source.load(missing);
    for (let i = 0; i < missing.length; i++) {
      const { table, key, most } = missing[i]!;
      const id = rowKey(table, key);
      const found = rows[i]!;
      if (found !== null && this.#states.get(id)?.isHeld !== true) this.#keep(id, table, key, found);
      if (most !== undefined) this.#loaded.push(id);
    }
  }

  /** From here on reads count for the next transaction. */
  beginTransaction(): void {
    this.#releaseUnclaimed();
    this.#transaction++;
    this.#readBytes = 0;
    if (this.#heldBytes <= KEPT_BYTES) return;
    for (const [id, state] of this.#states) this.#release(id, state);
  }

  /** A key with more rows, or bytes of fields, cannot be claimed any more. */
  room(): LoadBound {
    const bytes = MAX_READ_BYTES - this.#readBytes;
    return { rows: Math.floor(bytes / ROW_BYTES), bytes };
  }

  /**
   * Counts a key among those that the transaction reads: once, with its rows before the block, also when they were in memory,
   * so that every node counts the same. False = they are more than a transaction may read. Throws ROW_NOT_LOADED.
   */
  claim(table: string, key: Uint8Array): boolean {
    const state = this.#need(table, key);
    if (state.claimedBy === this.#transaction) return true;
    const bytes = bytesOfRows(state.base);
    if (this.#readBytes + bytes > MAX_READ_BYTES) return false;
    this.#readBytes += bytes;
    state.claimedBy = this.#transaction;
    return true;
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
    const stamped = this.#stamped(schema, fields);
    if (schema.keyUnique) this.#edit(schema, state, 0, stamped);
    else this.#edit(schema, state, state.nextRow, stamped, state.nextRow + 1);
    return 1;
  }

  /** Sets fields of the rows that satisfy the condition; returns how many. Throws like {@link insert}. */
  update(table: string, key: Uint8Array, values: FieldValues, condition?: Condition): number {
    const schema = this.#schema(table);
    const state = this.#need(table, key);
    const pairs = [...values];
    const rows = matching(schema, rowsOf(state), condition);
    for (const row of rows) {
      const fields = row.fields.slice(0, schema.valueFields.length).map(ownBytes);
      this.#assign(schema, fields, pairs);
      this.#edit(schema, state, row.row, this.#stamped(schema, fields));
    }
    return rows.length;
  }

  /** Removes the rows that satisfy the condition; returns how many. Throws ROW_NOT_LOADED, TABLE_UNKNOWN, FIELD_UNKNOWN. */
  remove(table: string, key: Uint8Array, condition?: Condition): number {
    const schema = this.#schema(table);
    const state = this.#need(table, key);
    const rows = matching(schema, rowsOf(state), condition);
    for (const row of rows) this.#edit(schema, state, row.row, null);
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
    return batchOf(this.#states.values());
  }

  /** The block's writes to consensus tables for `writeSetDigest`, ordered by (table, key, row). `_num_` is left out. */
  consensusWrites(): ConsensusWrite[] {
    return consensusWritesOf(this.#states.values());
  }

  #find(table: string, key: Uint8Array): KeyState | undefined {
    const id = rowKey(table, key);
    const state = this.#states.get(id);
    if (state?.isHeld === true) return state;
    const rows = this.#source.peek(table, key);
    return rows === undefined ? undefined : this.#keep(id, table, key, rows);
  }

  #keep(id: string, table: string, key: Uint8Array, base: readonly StoredRow[]): KeyState {
    this.#heldBytes += KEY_BYTES + bytesOfRows(base);
    const written = this.#states.get(id);
    if (written !== undefined) {
      written.base = base;
      written.isHeld = true;
      return written;
    }
    const last = base.at(-1);
    const state: KeyState = {
      table,
      key: key.slice(),
      base,
      isHeld: true,
      claimedBy: 0,
      schema: null,
      edits: new Map(),
      merged: base,
      nextRow: last === undefined ? 1 : last.row + 1,
    };
    this.#states.set(id, state);
    return state;
  }

  #releaseUnclaimed(): void {
    for (const id of this.#loaded.splice(0)) {
      const state = this.#states.get(id);
      if (state !== undefined && state.claimedBy !== this.#transaction) this.#release(id, state);
    }
  }

  /** Gives up what can be loaded again. */
  #release(id: string, state: KeyState): void {
    if (state.isHeld) this.#heldBytes -= KEY_BYTES + bytesOfRows(state.base);
    if (state.edits.size === 0) {
      this.#states.delete(id);
      return;
    }
    state.base = state.base.map(({ row }) => ({ key: state.key, row, fields: [] }));
    state.isHeld = false;
    state.merged = null;
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

  #edit(schema: TableSchema, state: KeyState, row: number, fields: RowFields | null, nextRow = state.nextRow): void {
    if (state.key.length > TABLE_LIMITS.maxKeyBytes) {
      throw storageError("ROW_INVALID", "key too long", { table: state.table, bytes: state.key.length });
    }
    this.#undo.push({ state, row, previous: state.edits.get(row), nextRow: state.nextRow });
    state.schema = schema;
    state.edits.set(row, fields);
    state.nextRow = nextRow;
    state.merged = null;
  }
}

/** A part of what was read as a whole would keep the whole in memory. */
function ownBytes(field: Uint8Array): Uint8Array {
  return field.length === field.buffer.byteLength ? field : field.slice();
}

const encoder = new TextEncoder();
