import type { StoredRow } from "@fb/types";
import { binaryString } from "../row-key.ts";
import type { SqlRow } from "./binding.ts";
import { keyValues, type SqlTable, takeFields } from "./layout.ts";
import type { Servers } from "./servers.ts";
import { MAX_ROWS, selectSql } from "./statements.ts";

interface Wanted {
  /** Values of the key columns. */
  readonly key: readonly Uint8Array[];
  readonly resolve: (rows: readonly StoredRow[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads rows by key. What is asked while all connections are busy, or in the same turn, shares a statement with others
 * of the same table: a block that misses a thousand accounts costs a few round trips.
 */
export class KeyReader {
  readonly #servers: Servers;
  readonly #maxJobs: number;
  readonly #waiting = new Map<SqlTable, Wanted[]>();
  #jobs = 0;
  #isScheduled = false;

  constructor(servers: Servers, maxJobs: number) {
    this.#servers = servers;
    this.#maxJobs = maxJobs;
  }

  /** All rows under a key of `table`, which is in `sql`, ascending row id. */
  read(table: string, sql: SqlTable, key: Uint8Array): Promise<readonly StoredRow[]> {
    return new Promise((resolve, reject) => {
      const wanted = { key: keyValues(table, key), resolve, reject };
      const waiting = this.#waiting.get(sql);
      if (waiting === undefined) this.#waiting.set(sql, [wanted]);
      else waiting.push(wanted);
      if (this.#isScheduled) return;
      this.#isScheduled = true;
      queueMicrotask(() => {
        this.#isScheduled = false;
        this.#pump();
      });
    });
  }

  #pump(): void {
    for (const [table, waiting] of this.#waiting) {
      while (waiting.length > 0) {
        if (this.#jobs >= this.#maxJobs) return;
        this.#jobs++;
        const some = waiting.splice(0, MAX_ROWS);
        this.#readSome(table, some).finally(() => {
          this.#jobs--;
          this.#pump();
        });
      }
      this.#waiting.delete(table);
    }
  }

  async #readSome(table: SqlTable, wanted: readonly Wanted[]): Promise<void> {
    try {
      const asked = new Map(wanted.map(({ key }) => [keyText(key), key]));
      const found = await this.#select(table, [...asked.values()]);
      for (const { key, resolve } of wanted) resolve(found.get(keyText(key)) ?? []);
    } catch (error) {
      for (const { reject } of wanted) reject(error);
    }
  }

  async #select(table: SqlTable, keys: readonly (readonly Uint8Array[])[]): Promise<Map<string, StoredRow[]>> {
    // The last key is repeated, so that few statements have to be prepared.
    const size = 2 ** Math.ceil(Math.log2(keys.length));
    const values = keys.flat();
    while (values.length < size * table.keys.length) values.push(...keys.at(-1)!);
    const rows = await this.#servers.run((connection) => connection.select(selectSql(table, size), values));
    const found = new Map<string, StoredRow[]>();
    for (const row of rows) {
      const id = keyText(row.slice(0, table.keys.length) as Uint8Array[]);
      const stored = toStored(table, row);
      const others = found.get(id);
      if (others === undefined) found.set(id, [stored]);
      else others.push(stored);
    }
    for (const some of found.values()) some.sort((a, b) => a.row - b.row);
    return found;
  }
}

/** A row as selected: key columns, row id, values. */
export function toStored(table: SqlTable, row: SqlRow): StoredRow {
  const width = table.keys.length;
  return { key: row[width - 1] as Uint8Array, row: Number(row[width]), fields: takeFields(row, width + 1, table) };
}

/** An address has one length, so nothing is needed between it and the key. */
function keyText(key: readonly Uint8Array[]): string {
  return key.map(binaryString).join("");
}
