import { SYSTEM_TABLES } from "../system-tables.ts";
import { CONTRACTS, columnsOf, columnTypes, MORE, ROW_ID, type SqlTable } from "./layout.ts";

/** Name of the view that shows a table to people. */
export function viewName(table: string): string {
  return `v_${table}`;
}

/**
 * Defines a table. Everything is bytes, so no character set, collation or padding of the server has a say in what is
 * stored, which rows are equal, or in which order they come.
 */
export function createTableSql(table: SqlTable): string {
  const types = columnTypes(table);
  const columns = columnsOf(table).map((name, i) => {
    const isKey = i <= table.keys.length;
    return `\`${name}\` ${types[i]} ${isKey ? "NOT NULL" : "NULL"}`;
  });
  const primary = [...table.keys, ROW_ID].map((name) => `\`${name}\``).join(",");
  return `CREATE TABLE IF NOT EXISTS \`${table.name}\` (${columns.join(",")},PRIMARY KEY (${primary})) ENGINE=InnoDB ROW_FORMAT=DYNAMIC`;
}

/** Shows a table's bytes as text, numbers or hex digits, whatever they are. */
export function createViewSql(table: SqlTable): string {
  const columns = columnsOf(table)
    .filter((name) => name !== MORE)
    .map((name) => `${shown(table, name)} AS \`${name}\``);
  return `CREATE OR REPLACE VIEW \`${viewName(table.name)}\` AS SELECT ${columns.join(",")} FROM \`${table.name}\``;
}

const NUMBERS = new Set(["number", "block_limit"]);
const HEX_KEYS = new Set(["hash", "code_hash", "node"]);

function shown(table: SqlTable, name: string): string {
  const column = `\`${name}\``;
  if (name === ROW_ID) return column;
  const schema = SYSTEM_TABLES.get(table.name);
  const isOfUsers = schema === undefined && table !== CONTRACTS;
  const isKey = table.keys.includes(name);
  if (name === "_num_" || (!isOfUsers && isKey && NUMBERS.has(name))) {
    return `CAST(CONV(HEX(${column}),16,10) AS UNSIGNED)`;
  }
  const isText = isOfUsers || schema?.consensus === true || (isKey && schema !== undefined && !HEX_KEYS.has(name));
  return isText ? `CONVERT(${column} USING utf8mb4)` : `LOWER(HEX(${column}))`;
}
