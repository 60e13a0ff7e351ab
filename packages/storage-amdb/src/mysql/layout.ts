import { EMPTY, fromHex, type RowFields } from "@fb/types";
import { storageError } from "../errors.ts";
import { decodeFields, encodeFields } from "../row-codec.ts";
import { defineUserTable, type TableSchema } from "../schema.ts";
import { CONTRACT_TABLE, SYSTEM_TABLES } from "../system-tables.ts";
import type { SqlRow, SqlValue } from "./binding.ts";

/** One table of the server. Fields of a row are in `values` by position; what goes beyond them is in `_more_`. */
export interface SqlTable {
  readonly name: string;
  /** The key field; before it, in the table of all contracts, the address. */
  readonly keys: readonly string[];
  readonly values: readonly string[];
}

/** Columns of the program's own; no field of a user begins with an underscore. */
export const ROW_ID = "_id_";
export const MORE = "_more_";
const NUM = "_num_";
const ADDRESS = "address";

/** All contract tables. Its name is that of no contract. */
export const CONTRACTS: SqlTable = {
  name: "c_contracts",
  keys: [ADDRESS, CONTRACT_TABLE.keyField],
  values: CONTRACT_TABLE.valueFields,
};

/** What a table of this schema is on the server. */
export function sqlTableOf({ name, keyField, valueFields, consensus }: TableSchema): SqlTable {
  return { name, keys: [keyField], values: consensus ? [...valueFields, NUM] : valueFields };
}

const FIXED = new Map([...SYSTEM_TABLES.values()].map((schema) => [schema.name, sqlTableOf(schema)]));

/** System and contract tables by the name a batch gives them; undefined = a table of users. */
export function fixedTable(table: string): SqlTable | undefined {
  return table.startsWith("c_") ? CONTRACTS : FIXED.get(table);
}

/**
 * A table of users from the fields of its row in `_sys_tables_`. Without them, or with names that are none, all fields of
 * its rows are in `_more_`.
 */
export function userTable(table: string, description: RowFields | undefined): SqlTable {
  const [keyField = "", valueFields = "", keyUnique = ""] = (description ?? []).map((field) => decoder.decode(field));
  const defined = defineUserTable(table.slice(2), keyField, valueFields.split(","), keyUnique === "1");
  return defined.ok ? sqlTableOf(defined.schema) : { name: table, keys: ["key"], values: [] };
}

/** What tells the rows of a contract table from those of others; null = another table. */
export function addressOf(table: string): Uint8Array | null {
  return table.startsWith("c_") ? fromHex(table.slice(2))! : null;
}

/** The key columns of a row. */
export function keyValues(table: string, key: Uint8Array): Uint8Array[] {
  const address = addressOf(table);
  return address === null ? [key] : [address, key];
}

export function columnsOf({ keys, values }: SqlTable): readonly string[] {
  return [...keys, ROW_ID, ...values, MORE];
}

/** Types of {@link columnsOf}, as the server names them. A field of a row has at most 2^24 - 1 bytes, as a mediumblob. */
export function columnTypes({ keys, values }: SqlTable): readonly string[] {
  const address = keys.length > 1 ? ["binary(20)"] : [];
  return [...address, "varbinary(255)", "bigint unsigned", ...values.map(() => "mediumblob"), "longblob"];
}

/** Appends the value columns of a row. */
export function pushFields(out: SqlValue[], { values }: SqlTable, fields: RowFields): void {
  for (let i = 0; i < values.length; i++) out.push(fields[i] ?? null);
  out.push(fields.length > values.length ? encodeFields(fields.slice(values.length)) : null);
}

/** Fields of a row whose value columns begin at `at`. Throws STORAGE_CORRUPT for a gap among them. */
export function takeFields(row: SqlRow, at: number, { name, values }: SqlTable): RowFields {
  const fields: Uint8Array[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = row[at + i];
    if (value === null) continue;
    if (!(value instanceof Uint8Array) || fields.length < i) throw corrupt(name);
    fields.push(value.length === 0 ? EMPTY : value);
  }
  const more = row[at + values.length];
  if (more === null) return fields;
  if (!(more instanceof Uint8Array) || fields.length < values.length) throw corrupt(name);
  return [...fields, ...decodeFields(more)];
}

function corrupt(table: string) {
  return storageError("STORAGE_CORRUPT", "a row's columns are not what this program writes", { table });
}

const decoder = new TextDecoder();
