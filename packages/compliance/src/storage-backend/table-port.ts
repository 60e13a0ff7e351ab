import type { Height, RowOp, StorageBackend, TableLoad } from "@fb/types";
import type { BackendFixture } from "./context.ts";

export type TestOperator = "EQ" | "NE" | "GT" | "GE" | "LT" | "LE";

/** A condition on rows, as `@fb/storage-amdb` has it. */
export interface TestCondition {
  readonly comparisons?: readonly { readonly field: string; readonly op: TestOperator; readonly value: Uint8Array }[];
  readonly limit?: { readonly offset: number; readonly count: number };
}

/** The tables of one block, as `@fb/storage-amdb` has them. */
export interface TestTables {
  load(loads: readonly TableLoad[]): Promise<unknown>;
  select(
    table: string,
    key: Uint8Array,
    condition?: TestCondition,
  ): readonly { readonly row: number; readonly fields: ReadonlyMap<string, Uint8Array> }[];
  insert(table: string, key: Uint8Array, values: Iterable<readonly [string, Uint8Array]>): number;
  update(
    table: string,
    key: Uint8Array,
    values: Iterable<readonly [string, Uint8Array]>,
    condition?: TestCondition,
  ): number;
  remove(table: string, key: Uint8Array, condition?: TestCondition): number;
  savepoint(): number;
  revertTo(savepoint: number): void;
  batch(): readonly RowOp[];
  consensusWrites(): readonly RowOp[];
}

/** Tables over the committed rows of a backend. */
export interface TestTableStore {
  block(height: Height): TestTables;
  /** Right after the backend has committed. */
  committed(batch: readonly RowOp[]): void;
}

export interface TablesFixture extends BackendFixture {
  /** Over a backend that was just opened, with nothing in memory. */
  tables(backend: StorageBackend): TestTableStore;
}
