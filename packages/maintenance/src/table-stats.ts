import { SYSTEM_TABLES } from "@fb/storage-amdb";
import type { TableRow } from "@fb/types";

/** Rows and bytes of a table; contract tables and tables of users are counted together, as `c_*` and `u_*`. */
export interface TableStats {
  readonly table: string;
  readonly rows: number;
  /** Of keys and fields. */
  readonly bytes: number;
}

/** Counts rows that are handed to it. */
export class TableCounts {
  readonly #tables = new Map<string, { rows: number; bytes: number }>();
  rows = 0;

  add({ table, key, fields }: TableRow): void {
    this.rows++;
    const name = SYSTEM_TABLES.has(table) || table.startsWith("_") ? table : `${table.slice(0, 2)}*`;
    let counts = this.#tables.get(name);
    if (counts === undefined) this.#tables.set(name, (counts = { rows: 0, bytes: 0 }));
    counts.rows++;
    counts.bytes += key.length;
    for (const field of fields) counts.bytes += field.length;
  }

  rowsOf(table: string): number {
    return this.#tables.get(table)?.rows ?? 0;
  }

  all(): TableStats[] {
    return [...this.#tables].map(([table, counts]) => ({ table, ...counts }));
  }
}
