import type { Height } from "../ids.ts";

/** Column values in the order of the table's columns. Opaque bytes. */
export type RowFields = readonly Uint8Array[];

/** One row written or removed. Row 0 is the only row of a key-unique table. */
export interface RowOp {
  readonly table: string;
  /** Key field, compared bytewise. */
  readonly key: Uint8Array;
  /** Row id assigned by the overlay in transaction order; 0 in key-unique tables. */
  readonly row: number;
  /** Null removes the row. */
  readonly fields: RowFields | null;
}

/** A row as read back. */
export interface StoredRow {
  readonly key: Uint8Array;
  readonly row: number;
  readonly fields: RowFields;
}

/** A row with the name of its table. */
export interface TableRow extends StoredRow {
  readonly table: string;
}

/** Everything that was stored at one height, whatever is committed meanwhile. */
export interface StorageSnapshot {
  readonly height: Height;
  /** Every row in the order of (table, key, row), also those of tables that this program does not know. To be read once. */
  readonly rows: AsyncIterable<TableRow>;
  /** Lets go of the snapshot, read to the end or not. Idempotent. */
  close(): Promise<void>;
}

export interface KeyRange {
  /** Inclusive lower bound; absent = from the first key. */
  readonly from?: Uint8Array;
  /** Exclusive upper bound; absent = to the last key. */
  readonly to?: Uint8Array;
  readonly reverse?: boolean;
  /** Rows at most. */
  readonly limit?: number;
}

/**
 * Durable rows of one group. Rows are ordered by (table, key, row) bytewise. `commit` is atomic and returns only when
 * the batch survives a power cut; heights are committed once and in order (HEIGHT_OUT_OF_ORDER otherwise).
 */
export interface StorageBackend {
  /** Height of the last durable commit, -1 when nothing was committed. */
  height(): Height;
  /** All rows under a key, ascending row id. */
  rows(table: string, key: Uint8Array): Promise<readonly StoredRow[]>;
  /** `rows` for many keys of one table, in the order asked. */
  rowsMany(table: string, keys: readonly Uint8Array[]): Promise<readonly (readonly StoredRow[])[]>;
  /** Rows of a table in order, from one consistent point in time. */
  scan(table: string, range?: KeyRange): AsyncIterable<StoredRow>;
  commit(height: Height, batch: readonly RowOp[]): Promise<void>;
  /** Commits go on while it is read. */
  snapshot(): Promise<StorageSnapshot>;
  /**
   * Fills an empty backend with the rows of a snapshot, in their order and in portions; the height is written last. Until
   * then, and after a crash or an error, the height stays -1, `commit` is refused with STORAGE_INCOMPLETE, and only
   * another `fill` helps, which begins with removing what is there. Rejects with HEIGHT_OUT_OF_ORDER when the backend
   * has blocks, and with what `rows` throws.
   */
  fill(height: Height, rows: AsyncIterable<TableRow>): Promise<void>;
  /** Waits for work under way; idempotent. */
  close(): Promise<void>;
}
