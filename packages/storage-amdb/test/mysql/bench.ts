import { createProxy, type LossyProxy, type Mariadb, TEST_PASSWORD, TEST_USER } from "@fb/mariadb";
import { noMetrics, silentLogger, systemClock, systemRng } from "@fb/runtime";
import type { StorageBackend } from "@fb/types";
import { type MysqlOptions, openMysql } from "../../src/mysql/index.ts";
import type { StorageTrouble } from "../../src/ports.ts";
import { BlockStream } from "./stream.ts";

/** Short, so that what hangs is given up soon. */
const STATEMENT_MS = 1_000;

/** A backend whose server, and the way to it, can be made to fail, and the blocks it should have stored. */
export class FaultBench {
  readonly server: Mariadb;
  readonly proxy: LossyProxy;
  readonly database: string;
  readonly stream: BlockStream;
  /** What the backend said of itself, the last at the end. */
  readonly troubles: (StorageTrouble | null)[] = [];
  #backend: StorageBackend | null = null;
  #onTrouble: (() => void)[] = [];

  constructor(server: Mariadb, proxy: LossyProxy, database: string, seed: number) {
    this.server = server;
    this.proxy = proxy;
    this.database = database;
    this.stream = new BlockStream(seed);
  }

  get backend(): StorageBackend {
    return this.#backend!;
  }

  /** Opens the database, or opens it again after it was closed. */
  async open(options: Partial<MysqlOptions> = {}): Promise<StorageBackend> {
    this.troubles.length = 0;
    this.#backend = await this.openAnother(options, (trouble) => {
      this.troubles.push(trouble);
      for (const tell of this.#onTrouble.splice(0)) tell();
    });
    return this.#backend;
  }

  /** Opens the database beside the bench's backend. */
  openAnother(
    options: Partial<MysqlOptions>,
    onTrouble: (trouble: StorageTrouble | null) => void = () => undefined,
  ): Promise<StorageBackend> {
    const defaults: MysqlOptions = {
      hosts: [this.proxy],
      user: TEST_USER,
      password: () => TEST_PASSWORD,
      database: this.database,
      chainId: 1,
      groupId: 1,
      statementMs: STATEMENT_MS,
    };
    const deps = { clock: systemClock, rng: systemRng, log: silentLogger, metrics: noMetrics, onTrouble };
    return openMysql({ ...defaults, ...options }, deps);
  }

  /** Commits the next block, with a field of so many bytes. */
  async commit(bytes = 0): Promise<void> {
    const block = this.stream.next(bytes);
    await this.backend.commit(block.height, block.batch);
    this.stream.apply(block);
  }

  /** Commits the next block while something goes wrong. */
  async commitWhile(fault: (committed: Promise<void>) => Promise<void>): Promise<void> {
    const committed = this.commit();
    // Told below; until then nobody listens.
    committed.catch(() => undefined);
    await fault(committed);
    await committed;
  }

  /** Resolves with the backend's message when it waits for this reason. */
  async trouble(code: StorageTrouble["code"]): Promise<string> {
    for (;;) {
      const last = this.troubles.at(-1);
      if (last?.code === code) return last.message;
      await new Promise<void>((resolve) => this.#onTrouble.push(resolve));
    }
  }

  async check(): Promise<void> {
    await this.stream.check(this.backend);
  }

  async close(): Promise<void> {
    this.proxy.resume();
    await this.#backend?.close();
    await this.proxy.close();
  }
}

let databases = 0;

/** A bench on a database of its own; the server is the caller's. */
export async function createBench(server: Mariadb, seed = 1): Promise<FaultBench> {
  const database = `faults_${databases++}`;
  await server.createDatabase(database);
  return new FaultBench(server, await createProxy(server.port), database, seed);
}
