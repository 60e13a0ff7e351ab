import type { SystemRefusal } from "@fb/types";
import Table from "cli-table3";

/** What a command shows: plain data for `--json`, text for people. */
export interface View {
  readonly json: unknown;
  readonly text: string;
}

const PLAIN = { style: { head: [], border: [], compact: true } };

export function value(json: unknown, text = String(json)): View {
  return { json, text };
}

export function list(items: readonly unknown[], empty: string): View {
  return { json: items, text: items.length === 0 ? empty : items.map(String).join("\n") };
}

/** One row per name. */
export function fields(json: object, rows: readonly (readonly [string, unknown])[] = Object.entries(json)): View {
  const table = new Table(PLAIN);
  for (const [name, cell] of rows) table.push({ [name]: cellText(cell) });
  return { json, text: table.toString() };
}

export function rows(
  json: unknown,
  head: readonly string[],
  cells: readonly (readonly unknown[])[],
  empty: string,
): View {
  if (cells.length === 0) return { json, text: empty };
  const table = new Table({ head: [...head], ...PLAIN });
  for (const row of cells) table.push(row.map(cellText));
  return { json, text: table.toString() };
}

export function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return "-";
  if (typeof cell === "object") return toJson(cell, 0);
  return String(cell);
}

/** JSON in which big integers are decimal text. */
export function toJson(json: unknown, indent = 2): string {
  return JSON.stringify(json, (_key, item) => (typeof item === "bigint" ? item.toString() : item), indent);
}

/** What a system contract answered instead of doing what was asked. */
export function refusalText({ message, name, code }: SystemRefusal): string {
  return `${message} (${name}, ${code})`;
}

/** The first digits of a node id or hash. */
export function short(id: string, length = 12): string {
  return id.length <= length ? id : `${id.slice(0, length)}…`;
}
