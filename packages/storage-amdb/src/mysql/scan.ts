import type { KeyRange, StoredRow } from "@fb/types";
import type { SqlRow } from "./binding.ts";
import { toStored } from "./key-reader.ts";
import { addressOf, type SqlTable } from "./layout.ts";
import type { Snapshot } from "./snapshot.ts";
import { MAX_ROWS, pageSql, type Statement } from "./statements.ts";

const FIRST_PAGE = 64;
const PAGE_BYTES = 1024 * 1024;

/** Rows of one statement at most that show one point in time without a snapshot. */
export const SHORT_SCAN = 64;

/** Pages of rows of one table in order. */
export class Scan {
  readonly #select: (statement: Statement) => Promise<readonly SqlRow[]>;
  readonly #table: SqlTable;
  readonly #range: KeyRange;
  readonly #address: Uint8Array | null;
  #after: StoredRow | null = null;
  #left: number;
  #pageRows: number;

  constructor(table: string, sql: SqlTable, range: KeyRange, select: Snapshot["select"]) {
    this.#select = select;
    this.#table = sql;
    this.#range = range;
    this.#address = addressOf(table);
    this.#left = range.limit ?? Number.POSITIVE_INFINITY;
    this.#pageRows = this.#left <= SHORT_SCAN ? SHORT_SCAN : FIRST_PAGE;
  }

  /** Null = the end. */
  async next(): Promise<readonly StoredRow[] | null> {
    if (this.#left <= 0) return null;
    const { from, to, reverse = false } = this.#range;
    const size = Math.min(this.#pageRows, 2 ** Math.ceil(Math.log2(this.#left)));
    const bounds = { address: this.#address, from, to, after: this.#after, reverse };
    const rows = await this.#select(pageSql(this.#table, bounds, size));
    const page = rows.slice(0, this.#left).map((row) => toStored(this.#table, row));
    this.#left = rows.length < size ? 0 : this.#left - page.length;
    if (page.length === 0) return null;
    this.#after = page.at(-1)!;
    this.#pageRows = nextSize(size, page);
    return page;
  }
}

/** Twice as many rows while a page stays small, half as many once it was long. */
function nextSize(size: number, page: readonly StoredRow[]): number {
  let bytes = 0;
  for (const { key, fields } of page) bytes += fields.reduce((sum, field) => sum + field.length, key.length);
  if (bytes > PAGE_BYTES) return Math.max(1, size >> 1);
  return bytes < PAGE_BYTES / 4 ? Math.min(MAX_ROWS, size * 2) : size;
}
