import { randomBytes } from "node:crypto";
import { type Height, type KeyRange, type RowOp, type StorageBackend, type StoredRow, toHex } from "@fb/types";
import { CommitGate } from "../backend/commit-gate.ts";
import { Permits } from "../backend/permits.ts";
import { storageError } from "../errors.ts";
import { checkKey, tablePrefix } from "../row-codec.ts";
import { type Batch, sortBatch, writeBatch } from "./batch.ts";
import type { SqlConnection } from "./binding.ts";
import { Catalogue } from "./catalogue.ts";
import { KeyReader } from "./key-reader.ts";
import { fixedTable } from "./layout.ts";
import { createMeta, giveUpOwnership, moveHeight, readHeight, readMeta, renewOwnership } from "./meta.ts";
import type { MysqlOptions } from "./options.ts";
import { becomeOwner, leaseMs } from "./ownership.ts";
import type { MysqlDeps } from "./ports.ts";
import { probeServer } from "./probe.ts";
import { Scan } from "./scan.ts";
import { Servers } from "./servers.ts";
import { Troubles } from "./trouble.ts";

/** Reads of a group at a time. */
const POOL_SIZE = 4;
const MAX_SCANS = 4;

/**
 * Opens the rows of one group in a database of a server that speaks MySQL's protocol. Waits for a server as long as none
 * answers (`onTrouble`). Throws STORAGE_DENIED, STORAGE_FOREIGN, STORAGE_FORMAT, STORAGE_UNSUITABLE with what the operator
 * corrects, STORAGE_LOCKED while another process uses the database, STORAGE_CLOSED after `signal`.
 */
export async function openMysql(options: MysqlOptions, deps: MysqlDeps): Promise<StorageBackend> {
  const servers = new Servers(options, deps, new Troubles(deps));
  deps.signal?.addEventListener("abort", () => servers.stop());
  if (deps.signal?.aborted === true) servers.stop();
  try {
    return await open(servers, options, deps);
  } catch (error) {
    servers.end();
    throw error;
  }
}

async function open(servers: Servers, options: MysqlOptions, deps: MysqlDeps): Promise<StorageBackend> {
  const { readOnly = false } = options;
  const token = readOnly ? null : toHex(randomBytes(16));
  const catalogue = new Catalogue((reason) => deps.log.warn("storage-without-views", { reason }));
  let height: Height = -1;
  const prepare = async (connection: SqlConnection) => {
    await probeServer(connection);
    const meta = await readMeta(connection, options);
    if (meta !== null) height = meta.height;
    else if (token !== null) await createMeta(connection, options);
  };
  await servers.run(prepare, { isOpening: true });
  if (token !== null) height = await becomeOwner(servers, options, token);
  await servers.run((connection) => catalogue.load(connection), { isOpening: true });
  return new MysqlBackend({ servers, options, deps, catalogue, token, height });
}

interface MysqlParts {
  readonly servers: Servers;
  readonly options: MysqlOptions;
  readonly deps: MysqlDeps;
  readonly catalogue: Catalogue;
  /** Null = nothing may be committed. */
  readonly token: string | null;
  readonly height: Height;
}

class MysqlBackend implements StorageBackend {
  readonly #parts: MysqlParts;
  readonly #gate: CommitGate;
  readonly #keys: KeyReader;
  readonly #scans = new Permits(MAX_SCANS);
  #stopRenewing = (): void => undefined;
  #isWriting = false;
  #isRenewing = false;

  constructor(parts: MysqlParts) {
    const { servers, options, deps, token, height } = parts;
    this.#parts = parts;
    this.#gate = new CommitGate(height);
    this.#keys = new KeyReader(servers, options.poolSize ?? POOL_SIZE);
    servers.admit = async (connection) => void (await this.#admit(connection));
    if (token === null) return;
    servers.onLost = () => this.#renew();
    this.#stopRenewing = deps.clock.every(Math.ceil(leaseMs(options) / 3), () => this.#renew());
  }

  height(): Height {
    return this.#gate.height;
  }

  rows(table: string, key: Uint8Array): Promise<readonly StoredRow[]> {
    return this.#gate.read(() => this.#read(table, key));
  }

  rowsMany(table: string, keys: readonly Uint8Array[]): Promise<readonly (readonly StoredRow[])[]> {
    return this.#gate.read(() => Promise.all(keys.map((key) => this.#read(table, key))));
  }

  async *scan(table: string, range: KeyRange = {}): AsyncIterable<StoredRow> {
    tablePrefix(table);
    this.#gate.checkOpen();
    const sql = this.#tableOf(table);
    if (sql === undefined) return;
    const { servers } = this.#parts;
    const release = await servers.untilStopped(this.#scans.take());
    const scan = new Scan(table, sql, range, { servers, heightOf: readHeight });
    try {
      for (;;) {
        const page = await this.#gate.read(() => scan.next());
        if (page === null) return;
        for (const row of page) {
          this.#gate.checkOpen();
          yield row;
        }
      }
    } finally {
      await scan.end();
      release();
    }
  }

  async commit(height: Height, batch: readonly RowOp[]): Promise<void> {
    const sorted = sortBatch(batch);
    await this.#gate.commit(height, async () => {
      this.#isWriting = true;
      try {
        await this.#parts.servers.run((connection) => this.#write(connection, height, sorted));
      } finally {
        this.#isWriting = false;
      }
    });
  }

  close(): Promise<void> {
    const { servers, token } = this.#parts;
    this.#stopRenewing();
    servers.stop();
    return this.#gate.close(async () => {
      if (token !== null) await servers.last((connection) => giveUpOwnership(connection, token));
      servers.end();
    });
  }

  #tableOf(table: string) {
    return this.#parts.catalogue.get(fixedTable(table)?.name ?? table);
  }

  async #read(table: string, key: Uint8Array): Promise<readonly StoredRow[]> {
    tablePrefix(table);
    checkKey(key);
    const sql = this.#tableOf(table);
    return sql === undefined ? [] : this.#keys.read(table, sql, key);
  }

  /** One attempt; an earlier one may have done it, its answer lost. */
  async #write(connection: SqlConnection, height: Height, batch: Batch): Promise<void> {
    const { catalogue } = this.#parts;
    const token = this.#parts.token;
    if (token === null) throw storageError("STORAGE_FAILED", "the storage was opened for reading only");
    const missing = batch.tables.filter(({ table, isDescribed }) =>
      isDescribed ? !catalogue.has(table) : catalogue.get(table.name) === undefined,
    );
    if (missing.length > 0) {
      if (await this.#isDone(connection, height)) return;
      for (const { table } of missing) await catalogue.ensure(connection, table);
    }
    await connection.query("START TRANSACTION");
    if (!(await moveHeight(connection, height, token))) {
      await connection.query("ROLLBACK");
      if (await this.#isDone(connection, height)) return;
      throw storageError("STORAGE_FAILED", "the height of the store could not be moved", { height });
    }
    await writeBatch(connection, batch, catalogue);
    await connection.query("COMMIT");
  }

  /** Whether this height is committed, which nobody but this process may do. Throws STORAGE_LOCKED, STORAGE_BEHIND. */
  async #isDone(connection: SqlConnection, height: Height): Promise<boolean> {
    return (await this.#admit(connection)) === height;
  }

  /** Checks that a server shows this group's data as this process left it; returns its height. */
  async #admit(connection: SqlConnection): Promise<Height> {
    const { options, token } = this.#parts;
    const meta = await readMeta(connection, options);
    const least = this.#gate.height;
    if (meta === null || meta.height < least) {
      const message = `the server shows height ${meta?.height ?? -1}, ${least} was acknowledged; promote or restore one that has it`;
      throw storageError("STORAGE_BEHIND", message, { height: meta?.height ?? -1, acknowledged: least });
    }
    if (token !== null && meta.owner !== token) {
      throw storageError("STORAGE_LOCKED", `another process has taken over database ${options.database}; stop one`);
    }
    return meta.height;
  }

  /** Shows others that the owner lives, and the node that its server does. */
  #renew(): void {
    const { servers, token, deps } = this.#parts;
    if (token === null || this.#isRenewing || this.#isWriting || this.#gate.isClosed) return;
    this.#isRenewing = true;
    servers
      .run((connection) => renewOwnership(connection, token))
      .then((isOwner) => isOwner || deps.log.error("storage-taken-over", { database: this.#parts.options.database }))
      .catch((error: unknown) => this.#gate.isClosed || deps.log.error("storage-failed", { error }))
      .finally(() => {
        this.#isRenewing = false;
      });
  }
}
