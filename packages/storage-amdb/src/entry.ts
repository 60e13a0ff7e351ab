import { EMPTY, type Height, type StoredRow } from "@fb/types";
import { type Condition, satisfies } from "./condition.ts";
import { storageError } from "./errors.ts";
import type { TableSchema } from "./schema.ts";
import { keyNumber } from "./system-tables.ts";

/** A row as a table access shows it. */
export interface Entry {
  readonly key: Uint8Array;
  /** `_id_`: ascending in order of insertion under one key. */
  readonly row: number;
  /** `_num_`: the block that wrote the row; null in tables that do not record it. */
  readonly num: Height | null;
  /** Value fields in column order, made anew each time. The bytes must not be modified. */
  readonly fields: ReadonlyMap<string, Uint8Array>;
  /** One of them; undefined when the table has no such field. */
  field(name: string): Uint8Array | undefined;
}

/** Field name and value pairs: a Map, or `Object.entries` of a plain object. Fields left out are empty. */
export type FieldValues = Iterable<readonly [string, Uint8Array]>;

/** Rows that satisfy the condition. Throws FIELD_UNKNOWN. */
export function matching(
  schema: TableSchema,
  rows: readonly StoredRow[],
  condition: Condition | undefined,
): readonly StoredRow[] {
  let found = rows;
  for (const { field, op, value } of condition?.comparisons ?? []) {
    const column = schema.valueFields.indexOf(field);
    if (column < 0 && field !== schema.keyField) {
      throw storageError("FIELD_UNKNOWN", "no such field", { table: schema.name, field });
    }
    found = found.filter((row) => satisfies(column < 0 ? row.key : (row.fields[column] ?? EMPTY), op, value));
  }
  const limit = condition?.limit;
  return limit === undefined ? found : found.slice(limit.offset, limit.offset + limit.count);
}

/** A stored row with the names of its schema. */
export function toEntry(schema: TableSchema, row: StoredRow): Entry {
  return new RowEntry(schema, row);
}

/** Costs little more than the row, however many fields it has: contracts may hold many. */
class RowEntry implements Entry {
  readonly #schema: TableSchema;
  readonly #row: StoredRow;

  constructor(schema: TableSchema, row: StoredRow) {
    this.#schema = schema;
    this.#row = row;
  }

  get key(): Uint8Array {
    return this.#row.key;
  }

  get row(): number {
    return this.#row.row;
  }

  get num(): Height | null {
    const { consensus, valueFields } = this.#schema;
    const num = consensus ? this.#row.fields[valueFields.length] : undefined;
    return num === undefined ? null : keyNumber(num);
  }

  get fields(): ReadonlyMap<string, Uint8Array> {
    return new Map(this.#schema.valueFields.map((name, column) => [name, this.#row.fields[column] ?? EMPTY]));
  }

  field(name: string): Uint8Array | undefined {
    const column = this.#schema.valueFields.indexOf(name);
    return column < 0 ? undefined : (this.#row.fields[column] ?? EMPTY);
  }
}
