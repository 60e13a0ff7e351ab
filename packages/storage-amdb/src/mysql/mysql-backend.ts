import type { Height, KeyRange, RowOp, StorageBackend, StorageSnapshot, StoredRow, TableRow } from "@fb/types";
import { CommitGate } from "../backend/commit-gate.ts";
import { Permits } from "../backend/permits.ts";
import { storageError } from "../errors.ts";
import { checkKey, tablePrefix } from "../row-codec.ts";
import { sortBatch } from "./batch.ts";
import type { SqlConnection } from "./binding.ts";
import { BlockWriter } from "./block-writer.ts";
import type { Catalogue } from "./catalogue.ts";
import { KeyReader } from "./key-reader.ts";
import { fixedTable } from "./layout.ts";
import { giveUpOwnership, type Meta, readMeta, renewOwnership } from "./meta.ts";
import type { MysqlOptions } from "./options.ts";
import { leaseMs } from "./ownership.ts";
import type { MysqlDeps } from "./ports.ts";
import { Scan, SHORT_SCAN } from "./scan.ts";
import type { Servers } from "./servers.ts";
import { Snapshot } from "./snapshot.ts";
import type { Statement } from "./statements.ts";
import { allPages } from "./whole-store.ts";

/** Reads of a group at a time. */
const POOL_SIZE = 4;
const MAX_SCANS = 4;

interface MysqlParts {
  readonly servers: Servers;
  readonly options: MysqlOptions;
  readonly deps: MysqlDeps;
  readonly catalogue: Catalogue;
  /** Null = nothing may be committed. */
  readonly token: string | null;
  /** What the database said when it was opened; null = it is empty. */
  readonly meta: Meta | null;
}

/** Made by {@link openMysql}. */
export class MysqlBackend implements StorageBackend {
  readonly #parts: MysqlParts;
  readonly #gate: CommitGate;
  readonly #keys: KeyReader;
  readonly #scans = new Permits(MAX_SCANS);
  /** Null = nothing may be committed. */
  #writer: BlockWriter | null = null;
  #stopRenewing = (): void => undefined;
  #isWriting = false;
  #isRenewing = false;

  constructor(parts: MysqlParts) {
    const { servers, options, deps, catalogue, token, meta } = parts;
    this.#parts = parts;
    this.#gate = new CommitGate(meta?.height ?? -1, meta?.isFilling ?? false);
    this.#keys = new KeyReader(servers, options.poolSize ?? POOL_SIZE);
    servers.admit = async (connection) => void (await this.#look(connection));
    if (token === null) return;
    this.#writer = new BlockWriter({ servers, catalogue, token, look: (connection) => this.#look(connection) });
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
    if (range.limit !== undefined && range.limit <= SHORT_SCAN) {
      const select = ({ sql, values }: Statement) => servers.run((connection) => connection.select(sql, values));
      yield* this.#pages(new Scan(table, sql, range, select));
      return;
    }
    const release = await servers.untilStopped(this.#scans.take());
    const snapshot = new Snapshot(servers);
    try {
      yield* this.#pages(new Scan(table, sql, range, (statement) => snapshot.select(statement)));
    } finally {
      await snapshot.end();
      release();
    }
  }

  async commit(height: Height, batch: readonly RowOp[]): Promise<void> {
    const sorted = sortBatch(batch);
    await this.#gate.commit(height, () => this.#write((writer) => writer.commit(height, sorted)));
  }

  async snapshot(): Promise<StorageSnapshot> {
    const { servers, catalogue } = this.#parts;
    const release = await servers.untilStopped(this.#scans.take());
    const snapshot = new Snapshot(servers);
    let isEnded = false;
    const close = async () => {
      if (isEnded) return;
      isEnded = true;
      await snapshot.end();
      release();
    };
    try {
      const height = await this.#gate.read(() => snapshot.height());
      return { height, rows: this.#all(allPages(snapshot, catalogue), close), close };
    } catch (error) {
      await close();
      throw error;
    }
  }

  fill(height: Height, rows: AsyncIterable<TableRow>): Promise<void> {
    return this.#gate.fill(height, () => this.#write((writer) => writer.fill(height, rows)));
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

  async *#pages(scan: Scan): AsyncIterable<StoredRow> {
    for (;;) {
      const page = await this.#gate.read(() => scan.next());
      if (page === null) return;
      for (const row of page) {
        this.#gate.checkOpen();
        yield row;
      }
    }
  }

  async *#all(pages: AsyncIterable<readonly TableRow[]>, close: () => Promise<void>): AsyncIterable<TableRow> {
    const iterator = pages[Symbol.asyncIterator]();
    try {
      for (;;) {
        const page = await this.#gate.read(() => iterator.next());
        if (page.done === true) return;
        for (const row of page.value) {
          this.#gate.checkOpen();
          yield row;
        }
      }
    } finally {
      await close();
    }
  }

  async #write(work: (writer: BlockWriter) => Promise<void>): Promise<void> {
    if (this.#writer === null) throw storageError("STORAGE_FAILED", "the storage was opened for reading only");
    this.#isWriting = true;
    try {
      await work(this.#writer);
    } finally {
      this.#isWriting = false;
    }
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

  /** Checks that a server shows this group's data as this process left it; returns the height. */
  async #look(connection: SqlConnection): Promise<Height> {
    const { options, token } = this.#parts;
    const meta = await readMeta(connection, options);
    const height = meta?.height ?? -1;
    const acknowledged = this.#gate.height;
    if (height < acknowledged || (meta === null && token !== null)) {
      const message = `the server shows height ${height}, ${acknowledged} was acknowledged; promote or restore one that has it`;
      throw storageError("STORAGE_BEHIND", message, { height, acknowledged });
    }
    if (token !== null && meta?.owner !== token) {
      throw storageError("STORAGE_LOCKED", `another process has taken over database ${options.database}; stop one`);
    }
    return height;
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
