import type { StoredRow, TableLoad } from "@fb/types";
import type { StorageErrorCode } from "./errors.ts";

/** Rows as an overlay sees them below itself: those of the head. */
export interface RowSource {
  /** All rows under a key, ascending row id; undefined = not in memory. Never does I/O. */
  peek(table: string, key: Uint8Array): readonly StoredRow[] | undefined;
  /** Rows of each key in the order asked; null = the key holds more than `most`. */
  load(loads: readonly TableLoad[]): Promise<readonly (readonly StoredRow[] | null)[]>;
}

/** Why a store cannot work now, and what to do about it. It goes on by itself when that was done. */
export interface StorageTrouble {
  readonly code: StorageErrorCode;
  readonly message: string;
}
