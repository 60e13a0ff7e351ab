import type { Height } from "@fb/types";
import { storageError } from "../errors.ts";
import { isSqlFailure, type SqlConnection, type SqlRow } from "./binding.ts";
import { readHeight } from "./meta.ts";
import type { Servers } from "./servers.ts";
import type { Statement } from "./statements.ts";

/** One point in time of the store, on a connection of its own. Whoever uses it asks one thing at a time, and ends it. */
export class Snapshot {
  readonly #servers: Servers;
  #connection: SqlConnection | null = null;
  #height: Height | null = null;

  constructor(servers: Servers) {
    this.#servers = servers;
  }

  /** The height of everything that it shows. */
  async height(): Promise<Height> {
    if (this.#height === null) await this.#use(async () => undefined);
    return this.#height!;
  }

  /** Throws STORAGE_SCAN_LOST when its connection was lost and blocks were committed since. */
  select({ sql, values }: Statement): Promise<readonly SqlRow[]> {
    return this.#use((connection) => connection.select(sql, values));
  }

  /** Gives up what it holds. Idempotent. */
  async end(): Promise<void> {
    const connection = this.#connection;
    this.#connection = null;
    if (connection === null) return;
    try {
      await connection.query("ROLLBACK");
      this.#servers.give(connection);
    } catch (error) {
      this.#servers.discard(connection);
      if (!isSqlFailure(error)) throw error;
    }
  }

  #use<T>(job: (connection: SqlConnection) => Promise<T>): Promise<T> {
    return this.#servers.repeat(async () => {
      const connection = (this.#connection ??= await this.#begin());
      try {
        return await job(connection);
      } catch (error) {
        this.#connection = null;
        this.#servers.discard(connection);
        throw error;
      }
    });
  }

  /** Blocks alone change rows: at the same height a new snapshot shows what the lost one showed. */
  async #begin(): Promise<SqlConnection> {
    const connection = await this.#servers.take();
    try {
      await connection.query("START TRANSACTION WITH CONSISTENT SNAPSHOT");
      const height = await readHeight(connection);
      this.#height ??= height;
      if (height !== this.#height) {
        throw storageError("STORAGE_SCAN_LOST", "a long read lost its server, and blocks were committed meanwhile");
      }
      return connection;
    } catch (error) {
      this.#servers.discard(connection);
      throw error;
    }
  }
}
