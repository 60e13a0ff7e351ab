import type { Height, StoredRow, TableLoad } from "@fb/types";

/** Rows as an overlay sees them below itself: the cache at the head, or the overlay of the parent block. */
export interface RowSource {
  /** The last durable block these rows are based on. */
  head(): Height;
  /** All rows under a key, ascending row id; undefined = not in memory. Never does I/O. */
  peek(table: string, key: Uint8Array): readonly StoredRow[] | undefined;
  /** Rows of each key in the order asked; afterwards `peek` answers them from memory. */
  load(loads: readonly TableLoad[]): Promise<readonly (readonly StoredRow[])[]>;
}
