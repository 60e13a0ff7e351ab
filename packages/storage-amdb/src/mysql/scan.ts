import type { Height, KeyRange, StoredRow } from "@fb/types";
import { storageError } from "../errors.ts";
import { isSqlFailure, type SqlConnection, type SqlRow } from "./binding.ts";
import { toStored } from "./key-reader.ts";
import { keyValues, type SqlTable } from "./layout.ts";
import type { Servers } from "./servers.ts";
import { MAX_ROWS, pageSql } from "./statements.ts";

/** A short read is one statement, and needs no snapshot. */
const SHORT = 64;
const FIRST_PAGE = 64;
const PAGE_BYTES = 1024 * 1024;

export interface ScanDeps {
  readonly servers: Servers;
  /** The height that a connection shows now, within its transaction. */
  readonly heightOf: (connection: SqlConnection) => Promise<Height>;
}

/** Pages of rows in order from one point in time. Whoever asks for one waits for it before the next, and ends the scan. */
export class Scan {
  readonly #deps: ScanDeps;
  readonly #table: SqlTable;
  readonly #range: KeyRange;
  readonly #address: Uint8Array | null;
  #connection: SqlConnection | null = null;
  /** Of the snapshot; null before the first one. */
  #height: Height | null = null;
  #after: StoredRow | null = null;
  #left: number;
  #pageRows = FIRST_PAGE;

  constructor(table: string, sql: SqlTable, range: KeyRange, deps: ScanDeps) {
    this.#deps = deps;
    this.#table = sql;
    this.#range = range;
    const keys = keyValues(table, new Uint8Array(0));
    this.#address = keys.length > 1 ? keys[0]! : null;
    this.#left = range.limit ?? Number.POSITIVE_INFINITY;
  }

  /** Null = the end. Throws STORAGE_SCAN_LOST when the snapshot was lost and blocks were committed since. */
  async next(): Promise<readonly StoredRow[] | null> {
    if (this.#left <= 0) return null;
    const wanted = 2 ** Math.ceil(Math.log2(this.#left));
    const isShort = this.#after === null && wanted <= SHORT;
    const size = isShort ? wanted : Math.min(this.#pageRows, wanted);
    const { address, after, range } = { address: this.#address, after: this.#after, range: this.#range };
    const bounds = { address, from: range.from, to: range.to, after, reverse: range.reverse === true };
    const { sql, values } = pageSql(this.#table, bounds, size);
    const ask = (connection: SqlConnection) => connection.select(sql, values);
    const rows = await (isShort ? this.#deps.servers.run(ask) : this.#inSnapshot(ask));
    const page = rows.slice(0, this.#left).map((row) => toStored(this.#table, row));
    this.#left = rows.length < size ? 0 : this.#left - page.length;
    if (page.length === 0) return null;
    this.#after = page.at(-1)!;
    this.#pageRows = nextSize(size, page);
    return page;
  }

  /** Gives up what the scan holds. Idempotent. */
  async end(): Promise<void> {
    const connection = this.#connection;
    this.#connection = null;
    if (connection === null) return;
    try {
      await connection.query("ROLLBACK");
      this.#deps.servers.give(connection);
    } catch (error) {
      this.#deps.servers.discard(connection);
      if (!isSqlFailure(error)) throw error;
    }
  }

  #inSnapshot(ask: (connection: SqlConnection) => Promise<readonly SqlRow[]>): Promise<readonly SqlRow[]> {
    const { servers } = this.#deps;
    return servers.repeat(async () => {
      const connection = (this.#connection ??= await this.#begin());
      try {
        return await ask(connection);
      } catch (error) {
        this.#connection = null;
        servers.discard(connection);
        throw error;
      }
    });
  }

  /** Blocks alone move rows: at the same height a new snapshot shows what the lost one showed. */
  async #begin(): Promise<SqlConnection> {
    const { servers, heightOf } = this.#deps;
    const connection = await servers.take();
    try {
      await connection.query("START TRANSACTION WITH CONSISTENT SNAPSHOT");
      const height = await heightOf(connection);
      this.#height ??= height;
      if (height === this.#height) return connection;
    } catch (error) {
      servers.discard(connection);
      throw error;
    }
    servers.discard(connection);
    throw storageError("STORAGE_SCAN_LOST", "a long read lost its server, and blocks were committed meanwhile", {
      table: this.#table.name,
    });
  }
}

/** As many rows as make a page, judged by the last one. */
function nextSize(size: number, page: readonly StoredRow[]): number {
  let bytes = 0;
  for (const { key, fields } of page) bytes += fields.reduce((sum, field) => sum + field.length, key.length);
  if (bytes > PAGE_BYTES) return Math.max(1, size >> 1);
  return bytes < PAGE_BYTES / 4 ? Math.min(MAX_ROWS, size * 2) : size;
}
