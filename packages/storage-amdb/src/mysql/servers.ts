import type { Counter } from "@fb/runtime";
import { type StorageError, storageError } from "../errors.ts";
import { connect, isSqlFailure, type SqlConnection } from "./binding.ts";
import { contended, judge, type Verdict } from "./failures.ts";
import type { MysqlHost, MysqlOptions } from "./options.ts";
import type { MysqlDeps } from "./ports.ts";
import { prepareSession } from "./session.ts";
import type { Troubles } from "./trouble.ts";

/** How work is repeated. */
export interface RunOptions {
  /** What the operator must correct before the group can start is thrown and not waited for. */
  readonly isOpening?: boolean;
}

const CONNECT_MS = 5_000;
const STATEMENT_MS = 15_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;
/** Doublings of the time limit for work whose statements take longer. */
const MAX_PATIENCE = 4;
/** What is chance so many times in a row is somebody who holds our rows. */
const CHANCES = 4;
/** What a closed store still waits for an answer that is under way. */
const CLOSING_MS = 5_000;
const MAX_ABANDONED = 16;

/**
 * Connections to one of the configured servers at a time. Work is done again until a server has done it or it cannot be
 * done at all; after a server that is no use the next one is tried.
 */
export class Servers {
  readonly #options: MysqlOptions;
  readonly #deps: MysqlDeps;
  readonly #troubles: Troubles;
  readonly #retries: Counter;
  readonly #roundTrips: Counter;
  /** Idle ones to the current server, the one used last at the end. */
  readonly #idle: SqlConnection[] = [];
  readonly #open = new Set<SqlConnection>();
  /** Lost while the server may still work for them. */
  #abandoned: { readonly host: MysqlHost; readonly id: number }[] = [];
  #current = 0;
  #isStopped = false;
  #isEnded = false;
  /** Of everything under way: what to do when the store closes. */
  readonly #ends = new Set<() => void>();
  /** Looks at a new connection before it is used; set once the store is open. */
  admit: (connection: SqlConnection) => Promise<void> = async () => undefined;
  /** Told when a connection was lost that nobody was using. */
  onLost: () => void = () => undefined;

  constructor(options: MysqlOptions, deps: MysqlDeps, troubles: Troubles) {
    this.#options = options;
    this.#deps = deps;
    this.#troubles = troubles;
    const { metrics } = deps;
    this.#retries = metrics.counter("fb_storage_mysql_retries_total", "Work that was done again", ["reason"]);
    this.#roundTrips = metrics.counter("fb_storage_mysql_round_trips_total", "Statements sent to the server");
  }

  /**
   * The result of `job` on a connection that nobody else uses meanwhile. Whatever fails is begun again, so a job must
   * bear that its work was done already. Throws a storage error that time does not heal, or STORAGE_CLOSED.
   */
  run<T>(job: (connection: SqlConnection) => Promise<T>, options: RunOptions = {}): Promise<T> {
    return this.repeat((patience) => this.#once(job, patience), options);
  }

  /** {@link run} for work that brings its own connection. `patience` grows with each answer that did not come in time. */
  async repeat<T>(work: (patience: number) => Promise<T>, options: RunOptions = {}): Promise<T> {
    const self = {};
    let patience = 0;
    try {
      for (let attempt = 0; ; attempt++) {
        if (this.#isStopped && attempt > 0) throw closed();
        const host = this.#host();
        try {
          return await this.untilStopped(work(patience), attempt === 0 ? CLOSING_MS : 0);
        } catch (error) {
          const verdict = judge(error);
          if (isSqlFailure(error) && error.fields["isSlow"] === true) patience = Math.min(patience + 1, MAX_PATIENCE);
          this.#throwIfFinal(verdict, error, options);
          if (verdict.type === "wait") {
            this.#troubles.waits(self, verdict.trouble, hostText(host));
            this.#leave(host);
          } else if (attempt >= CHANCES) {
            this.#troubles.waits(self, contended(error), hostText(host));
          }
          this.#retries.inc({ reason: verdict.type === "wait" ? verdict.trouble.code : "again" });
          await this.rest(this.#pauseMs(attempt));
        }
      }
    } finally {
      this.#troubles.isOver(self);
    }
  }

  /** A connection for longer work than one job; whoever has it gives it back, or destroys it. */
  async take(): Promise<SqlConnection> {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.isUsable) return idle;
      this.#drop(idle);
    }
    return this.#connect();
  }

  /** Takes back a connection on which nothing is under way. */
  give(connection: SqlConnection): void {
    if (connection.isUsable && connection.host === this.#host() && !this.#isEnded) this.#idle.push(connection);
    else this.#drop(connection);
  }

  discard(connection: SqlConnection): void {
    if (this.#abandoned.length < MAX_ABANDONED) this.#abandoned.push({ host: connection.host, id: connection.id });
    this.#drop(connection);
  }

  /** Rejects with STORAGE_CLOSED when the store closes meanwhile. */
  async rest(ms: number): Promise<void> {
    let cancel = (): void => undefined;
    const sleep = new Promise<void>((resolve) => {
      cancel = this.#deps.clock.after(ms, resolve);
    });
    await this.untilStopped(sleep).finally(cancel);
  }

  /** Rejects with STORAGE_CLOSED when the store is closed and `graceMs` have passed without a result. */
  untilStopped<T>(work: Promise<T>, graceMs = 0): Promise<T> {
    return new Promise((resolve, reject) => {
      let cancel = (): void => undefined;
      const end = () => {
        if (graceMs === 0) reject(closed());
        else cancel = this.#deps.clock.after(graceMs, () => reject(closed()));
      };
      if (this.#isStopped) end();
      else this.#ends.add(end);
      const settle = () => {
        this.#ends.delete(end);
        cancel();
      };
      work.finally(settle).then(resolve, reject);
    });
  }

  /** Ends whatever waits; what a server is about to answer has a moment left. Idempotent. */
  stop(): void {
    this.#isStopped = true;
    for (const end of this.#ends) end();
    this.#ends.clear();
  }

  /** Tries a last job where that takes no waiting. */
  async last(job: (connection: SqlConnection) => Promise<unknown>): Promise<void> {
    if (this.#idle.length > 0) await this.untilStopped(this.#once(job, 0), CLOSING_MS).catch(() => undefined);
  }

  /** Ends all connections. */
  end(): void {
    this.stop();
    this.#isEnded = true;
    for (const connection of this.#open) connection.end();
    this.#open.clear();
    this.#idle.length = 0;
  }

  async #once<T>(job: (connection: SqlConnection) => Promise<T>, patience: number): Promise<T> {
    const connection = await this.take();
    connection.limitMs = this.#limitMs() * 2 ** patience;
    const before = connection.roundTrips;
    try {
      const result = await job(connection);
      this.give(connection);
      return result;
    } catch (error) {
      // Whatever transaction is open ends with its connection.
      this.discard(connection);
      throw error;
    } finally {
      this.#roundTrips.inc(undefined, connection.roundTrips - before);
    }
  }

  async #connect(): Promise<SqlConnection> {
    const { user, database, tlsCa, password } = this.#options;
    const { clock } = this.#deps;
    const host = this.#host();
    const connection = await connect(clock, {
      host,
      user,
      password: password(),
      database,
      tlsCa,
      connectMs: CONNECT_MS,
      limitMs: this.#limitMs(),
      onLost: () => this.onLost(),
    });
    try {
      await prepareSession(connection);
      await this.#killAbandoned(connection);
      await this.admit(connection);
      if (this.#isEnded) throw closed();
      this.#open.add(connection);
      return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  /** A server that did not answer may still hold locks for a connection that we have left. */
  async #killAbandoned(connection: SqlConnection): Promise<void> {
    const here = this.#abandoned.filter(({ host }) => host === connection.host);
    this.#abandoned = this.#abandoned.filter(({ host }) => host !== connection.host);
    const inUse = new Set([connection, ...this.#open].map(({ id }) => id));
    for (const { id } of here) {
      if (inUse.has(id)) continue;
      const found = await connection.query(
        `SELECT 1 FROM information_schema.processlist WHERE id=${id} AND db=DATABASE()`,
      );
      if (found.length > 0) await connection.query(`KILL ${id}`).catch(passSqlFailure);
    }
  }

  #throwIfFinal(verdict: Verdict, error: unknown, { isOpening = false }: RunOptions): void {
    if (verdict.type === "again") return;
    const { code, message } = verdict.trouble;
    const { waits = true } = this.#options;
    if (verdict.type === "wait" && waits && !(isOpening && MUST_FIT.has(code))) return;
    throw isSqlFailure(error) ? storageError(code, message, { errno: error.fields["errno"] }) : error;
  }

  /** Turns to the next server, unless somebody else has already. */
  #leave(host: MysqlHost): void {
    const { hosts } = this.#options;
    if (hosts.length === 1 || host !== this.#host()) return;
    this.#current = (this.#current + 1) % hosts.length;
    for (const connection of this.#idle.splice(0)) this.#drop(connection);
  }

  #host(): MysqlHost {
    return this.#options.hosts[this.#current]!;
  }

  #pauseMs(attempt: number): number {
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 16));
    return longest / 2 + this.#deps.rng.below(longest / 2);
  }

  #limitMs(): number {
    return this.#options.statementMs ?? STATEMENT_MS;
  }

  #drop(connection: SqlConnection): void {
    this.#open.delete(connection);
    connection.destroy();
  }
}

/** While a store opens, these are told at once: nothing was begun that could go on by itself. */
const MUST_FIT = new Set(["STORAGE_DENIED", "STORAGE_FOREIGN", "STORAGE_UNSUITABLE", "STORAGE_BEHIND"]);

export function hostText({ host, port }: MysqlHost): string {
  return `${host}:${port}`;
}

function closed(): StorageError {
  return storageError("STORAGE_CLOSED", "storage is closed");
}

function passSqlFailure(error: unknown): void {
  if (!isSqlFailure(error)) throw error;
}
