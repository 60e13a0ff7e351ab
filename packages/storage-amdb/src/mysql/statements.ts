import type { SqlValue } from "./binding.ts";
import { columnsOf, ROW_ID, type SqlTable } from "./layout.ts";

/** Rows or keys of one statement at most. Statements come in powers of two, so that few are prepared. */
export const MAX_ROWS = 512;

const quoted = (name: string): string => `\`${name}\``;
const list = (names: readonly string[]): string => names.map(quoted).join(",");
const repeated = (text: string, count: number): string => new Array(count).fill(text).join(",");
const tuple = (width: number): string => `(${repeated("?", width)})`;

/** Inserts `rows` rows, given by {@link columnsOf}, or replaces those that are there. */
export function upsertSql(table: SqlTable, rows: number): string {
  const columns = columnsOf(table);
  const changed = columns.slice(table.keys.length + 1).map((name) => `${quoted(name)}=VALUES(${quoted(name)})`);
  const values = repeated(tuple(columns.length), rows);
  return `INSERT INTO ${quoted(table.name)} (${list(columns)}) VALUES ${values} ON DUPLICATE KEY UPDATE ${changed.join(",")}`;
}

/** Deletes `rows` rows, given by key columns and row id. */
export function deleteSql(table: SqlTable, rows: number): string {
  const columns = [...table.keys, ROW_ID];
  return `DELETE FROM ${quoted(table.name)} WHERE (${list(columns)}) IN (${repeated(tuple(columns.length), rows)})`;
}

/** Selects all rows of `keys` keys. */
export function selectSql(table: SqlTable, keys: number): string {
  const [column] = table.keys;
  const among =
    table.keys.length === 1
      ? `${quoted(column!)} IN ${tuple(keys)}`
      : `(${list(table.keys)}) IN (${repeated(tuple(table.keys.length), keys)})`;
  return `SELECT ${list(columnsOf(table))} FROM ${quoted(table.name)} WHERE ${among}`;
}

export interface Statement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** Selects the first address behind another one; null = the first of all. */
export function nextAddressSql(table: SqlTable, after: Uint8Array | null): Statement {
  const column = quoted(table.keys[0]!);
  const where = after === null ? "" : ` WHERE ${column}>?`;
  const sql = `SELECT ${column} FROM ${quoted(table.name)}${where} ORDER BY ${column} LIMIT 1`;
  return { sql, values: after === null ? [] : [after] };
}

/** Where a page of a scan begins and ends; keys without the address. */
export interface PageBounds {
  readonly address: Uint8Array | null;
  readonly from: Uint8Array | undefined;
  readonly to: Uint8Array | undefined;
  /** The last row of the page before. */
  readonly after: { readonly key: Uint8Array; readonly row: number } | null;
  readonly reverse: boolean;
}

/** One page of a scan in order of (key, row id). A comparison of tuples would not use the index everywhere. */
export function pageSql(table: SqlTable, bounds: PageBounds, rows: number): Statement {
  const key = quoted(table.keys.at(-1)!);
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  const demand = (condition: string, ...parameters: SqlValue[]) => {
    conditions.push(condition);
    values.push(...parameters);
  };
  const { address, from, to, after, reverse } = bounds;
  if (address !== null) demand(`${quoted(table.keys[0]!)}=?`, address);
  if (after === null || reverse) {
    if (from !== undefined) demand(`${key}>=?`, from);
  }
  if (after === null || !reverse) {
    if (to !== undefined) demand(`${key}<?`, to);
  }
  if (after !== null) {
    const [atOrBehind, behind] = reverse ? ["<=", "<"] : [">=", ">"];
    demand(`${key}${atOrBehind}? AND (${key}${behind}? OR ${ROW_ID}${behind}?)`, after.key, after.key, after.row);
  }
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
  const order = [...table.keys, ROW_ID].map((name) => `${quoted(name)}${reverse ? " DESC" : ""}`).join(",");
  return {
    sql: `SELECT ${list(columnsOf(table))} FROM ${quoted(table.name)}${where} ORDER BY ${order} LIMIT ${rows}`,
    values,
  };
}
