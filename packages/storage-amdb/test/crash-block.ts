import type { RowOp } from "@fb/types";
import { numberKey, TABLES } from "../src/index.ts";

/** Rows that every block writes anew. */
export const SHARED_KEYS = 300;

/** A block that overwrites the shared rows with its number, adds a row of its own and removes that of the block before. */
export function blockOf(height: number): RowOp[] {
  const value = numberKey(height);
  const batch: RowOp[] = [];
  for (let i = 0; i < SHARED_KEYS; i++) {
    batch.push({ table: TABLES.code, key: numberKey(i), row: 0, fields: [value, new Uint8Array(300).fill(height)] });
  }
  batch.push({ table: TABLES.config, key: numberKey(height), row: 1, fields: [value] });
  batch.push({ table: TABLES.config, key: numberKey(height - 1), row: 1, fields: null });
  return batch;
}
