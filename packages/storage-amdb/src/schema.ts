import type { RowFields } from "@fb/types";

/** Shape of a table. Column order is the order of {@link RowFields}. */
export interface TableSchema {
  readonly name: string;
  readonly keyField: string;
  readonly valueFields: readonly string[];
  /** At most one row per key, always row 0. Otherwise rows are numbered from 1 under each key. */
  readonly keyUnique: boolean;
  /** Writes count in `tablesRoot`. Rows of such tables end with a `_num_` column: the block that wrote the row. */
  readonly consensus: boolean;
}

/**
 * The limits of tables: the strictest that every backend can hold (SPEC 1.2, 1.3). Lengths are bytes of UTF-8.
 */
export const TABLE_LIMITS = {
  /** Of a user table's name without the `u_` prefix. */
  maxTableNameBytes: 48,
  maxFieldNameBytes: 64,
  /** What a row of a SQL server holds with room to spare. */
  maxValueFields: 128,
  /** All value field names of a table together, with commas between. */
  maxFieldNamesBytes: 1024,
  maxKeyBytes: 255,
  maxFieldBytes: 16 * 1024 * 1024 - 1,
} as const;

export type TableNameCode =
  | "NAME_LENGTH"
  | "FIELD_LENGTH"
  | "FIELDS_LENGTH"
  | "FIELDS_COUNT"
  | "FIELD_DUPLICATE"
  | "CHARACTER";

/** Checked definition of a user table, or why it is refused. */
export type TableDefinition =
  | { readonly ok: true; readonly schema: TableSchema }
  | { readonly ok: false; readonly code: TableNameCode };

const NAME = /^[A-Za-z0-9$@][A-Za-z0-9$_@]*$/;

/** Whether a user table may have this name. */
export function isUserTableName(name: string): boolean {
  return name.length <= TABLE_LIMITS.maxTableNameBytes && NAME.test(name);
}

/** Storage name of a user table. Names that differ in case only are one table. */
export function userTableName(name: string): string {
  return `u_${name.toLowerCase()}`;
}

/** Storage name of a contract's table. `address` is 40 hex digits. */
export function contractTableName(address: string): string {
  return `c_${address}`;
}

/**
 * Checks the definition of a user table: characters `[A-Za-z0-9$_@]` without a leading underscore, lengths of
 * {@link TABLE_LIMITS}, field names distinct without regard to case and different from the key field.
 */
export function defineUserTable(
  name: string,
  keyField: string,
  valueFields: readonly string[],
  keyUnique: boolean,
): TableDefinition {
  if (name.length > TABLE_LIMITS.maxTableNameBytes) return { ok: false, code: "NAME_LENGTH" };
  if (valueFields.length > TABLE_LIMITS.maxValueFields) return { ok: false, code: "FIELDS_COUNT" };
  const seen = new Set<string>();
  for (const field of [keyField, ...valueFields]) {
    if (field.length > TABLE_LIMITS.maxFieldNameBytes) return { ok: false, code: "FIELD_LENGTH" };
    if (!NAME.test(field)) return { ok: false, code: "CHARACTER" };
    if (seen.has(field.toLowerCase())) return { ok: false, code: "FIELD_DUPLICATE" };
    seen.add(field.toLowerCase());
  }
  if (!NAME.test(name) || valueFields.length === 0) return { ok: false, code: "CHARACTER" };
  if (valueFields.join(",").length > TABLE_LIMITS.maxFieldNamesBytes) return { ok: false, code: "FIELDS_LENGTH" };
  return { ok: true, schema: { name: userTableName(name), keyField, valueFields, keyUnique, consensus: true } };
}

const decoder = new TextDecoder();

/** Schema of a user table from the fields of its row in `_sys_tables_` (SPEC 1.6). */
export function schemaFromRow(name: string, fields: RowFields): TableSchema {
  const [keyField, valueFields, keyUnique] = fields.map((field) => decoder.decode(field));
  return {
    name,
    keyField: keyField!,
    valueFields: valueFields!.split(","),
    keyUnique: keyUnique === "1",
    consensus: true,
  };
}
