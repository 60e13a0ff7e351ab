// The one file that imports the library: its callbacks become promises with a time limit, its buffers arrays, and its
// errors, which carry whole statements, plain failures.
import { connect as connectSocket, type Socket } from "node:net";
import type { Clock } from "@fb/runtime";
import { FbError, isCode } from "@fb/types";
import { type Connection, createConnection, type QueryError, type ResultSetHeader } from "mysql2";
import { asBuffer } from "../backend/as-buffer.ts";
import type { MysqlHost } from "./options.ts";

/** A failed statement or connection, with {@link FailureFields}. Never leaves this folder. */
export type SqlFailure = FbError<"SQL_FAILURE">;

interface FailureFields {
  /** Of the server; 0 when there was no answer. */
  readonly errno: number;
  /** Whether the connection is gone. */
  readonly isLost: boolean;
  /** Whether there was no answer in time. */
  readonly isSlow: boolean;
}

export type SqlValue = Uint8Array | string | number | null;
/** Columns in the order selected: bytes of binary columns, text and numbers of others. */
export type SqlRow = readonly SqlValue[];

export interface SqlConnection {
  readonly host: MysqlHost;
  /** The server's number for it. */
  readonly id: number;
  /** False once it was lost, ended or destroyed. */
  readonly isUsable: boolean;
  /** Longest packet that the server takes, in bytes. */
  maxPacketBytes: number;
  /** Time limit of a statement in ms. A statement that takes longer fails and the connection is destroyed. */
  limitMs: number;
  /** Statements sent. */
  readonly roundTrips: number;
  /** Sends text as it is: definitions and settings. */
  query(sql: string): Promise<readonly SqlRow[]>;
  /** Prepares `sql` once and selects. */
  select(sql: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]>;
  /** Prepares `sql` once and runs it; returns the rows that matched. */
  write(sql: string, values?: readonly SqlValue[]): Promise<number>;
  destroy(): void;
  /** Says goodbye, or destroys it when something is under way. */
  end(): void;
}

export interface ConnectOptions {
  readonly host: MysqlHost;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly tlsCa: string | undefined;
  readonly connectMs: number;
  readonly limitMs: number;
  /** Called once when the connection is lost while nothing is asked of it. */
  readonly onLost: () => void;
}

/** Prepared statements a connection keeps; the server has a limit for all of them together. */
const MAX_STATEMENTS = 256;

export function sqlFailure(message: string, fields: Partial<FailureFields> = {}): SqlFailure {
  const { errno = 0, isLost = errno === 0, isSlow = false } = fields;
  return new FbError("SQL_FAILURE", message, { errno, isLost, isSlow });
}

export function isSqlFailure(error: unknown): error is SqlFailure {
  return isCode(error, "SQL_FAILURE");
}

/** Connects and authenticates. Rejects with a {@link SqlFailure}. */
export function connect(clock: Clock, options: ConnectOptions): Promise<SqlConnection> {
  const { host, user, password, database, tlsCa, connectMs } = options;
  const socket = connectSocket({ host: host.host, port: host.port, noDelay: true, keepAlive: true });
  let raw: Connection;
  try {
    raw = createConnection({
      stream: socket,
      host: host.host,
      port: host.port,
      user,
      password,
      database,
      charset: "UTF8MB4_BIN",
      rowsAsArray: true,
      maxPreparedStatements: MAX_STATEMENTS,
      connectTimeout: connectMs,
      // A server could ask for files of ours.
      flags: ["-LOCAL_FILES"],
      ...(tlsCa === undefined ? {} : { ssl: { ca: tlsCa, rejectUnauthorized: true, verifyIdentity: true } }),
    });
  } catch (error) {
    socket.destroy();
    return Promise.reject(toFailure(error));
  }
  return new Promise((resolve, reject) => {
    let isOpen = false;
    const refuse = (failure: SqlFailure) => {
      cancel();
      connection.destroy();
      reject(failure);
    };
    const cancel = clock.after(connectMs, () => refuse(sqlFailure("no answer to a connection in time")));
    // Whatever happens to an open connection is told to its statements; without a listener it would end the process.
    raw.on("error", (error: QueryError) => (isOpen ? connection.lost() : refuse(toFailure(error))));
    const connection = new MysqlConnection(raw, socket, clock, options);
    raw.once("connect", () => {
      isOpen = true;
      cancel();
      resolve(connection);
    });
    raw.on("end", () =>
      isOpen ? connection.lost() : refuse(sqlFailure("the connection was closed before it was open")),
    );
  });
}

class MysqlConnection implements SqlConnection {
  readonly host: MysqlHost;
  maxPacketBytes = 0;
  limitMs: number;
  roundTrips = 0;
  readonly #raw: Connection;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #onLost: () => void;
  #isUsable = true;
  /** Of each statement that has no answer yet: how to give it up. */
  readonly #asked = new Set<(failure: SqlFailure) => void>();

  constructor(raw: Connection, socket: Socket, clock: Clock, { host, limitMs, onLost }: ConnectOptions) {
    this.host = host;
    this.limitMs = limitMs;
    this.#raw = raw;
    this.#socket = socket;
    this.#clock = clock;
    this.#onLost = onLost;
  }

  get id(): number {
    return this.#raw.threadId ?? 0;
  }

  get isUsable(): boolean {
    return this.#isUsable;
  }

  query(sql: string): Promise<readonly SqlRow[]> {
    return this.#ask((done) => this.#raw.query({ sql }, done), toRows);
  }

  select(sql: string, values: readonly SqlValue[] = []): Promise<readonly SqlRow[]> {
    return this.#ask((done) => this.#raw.execute({ sql, values: values.map(toVendor) }, done), toRows);
  }

  write(sql: string, values: readonly SqlValue[] = []): Promise<number> {
    return this.#ask(
      (done) => this.#raw.execute({ sql, values: values.map(toVendor) }, done),
      (result) => (result as ResultSetHeader).affectedRows,
    );
  }

  destroy(): void {
    this.#destroy(sqlFailure("the connection was given up"));
  }

  end(): void {
    const isIdle = this.#isUsable && this.#asked.size === 0;
    this.#isUsable = false;
    if (isIdle) this.#raw.end();
    else this.destroy();
  }

  lost(): void {
    if (!this.#isUsable) return;
    const isIdle = this.#asked.size === 0;
    this.#destroy(sqlFailure("the connection was lost"));
    if (isIdle) this.#onLost();
  }

  /** The library says goodbye to a server that may hang, and forgets the statements of a connection that it closes. */
  #destroy(failure: SqlFailure): void {
    this.#isUsable = false;
    this.#raw.destroy();
    this.#socket.destroy();
    for (const giveUp of this.#asked) giveUp(failure);
  }

  async #ask<T>(
    send: (done: (error: QueryError | null, result: unknown) => void) => void,
    read: (result: unknown) => T,
  ): Promise<T> {
    if (!this.#isUsable) throw sqlFailure("the connection was lost");
    this.roundTrips++;
    let giveUp = (_failure: SqlFailure): void => undefined;
    let cancel = (): void => undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        giveUp = reject;
        this.#asked.add(giveUp);
        cancel = this.#clock.after(this.limitMs, () => {
          reject(sqlFailure(`no answer within ${this.limitMs} ms`, { isSlow: true }));
        });
        send((error, result) => {
          if (error === null) resolve(read(result));
          else reject(toFailure(error));
        });
      });
    } catch (error) {
      const failure = toFailure(error);
      if (failure.fields["isLost"] === true) this.destroy();
      throw failure;
    } finally {
      cancel();
      this.#asked.delete(giveUp);
    }
  }
}

function toVendor(value: SqlValue): Buffer | string | number | null {
  return value instanceof Uint8Array ? asBuffer(value) : value;
}

/** Copies: what the library hands out are views into whole network packets. */
function toRows(result: unknown): readonly SqlRow[] {
  if (!Array.isArray(result)) return [];
  for (const row of result as unknown[][]) {
    for (let i = 0; i < row.length; i++) {
      const value = row[i];
      if (value instanceof Uint8Array) row[i] = new Uint8Array(value);
    }
  }
  return result as SqlRow[];
}

function toFailure(error: unknown): SqlFailure {
  if (isSqlFailure(error)) return error;
  const { errno, code, message, fatal } = error as Partial<QueryError>;
  // Errors of the network have negative numbers of the system, and no state.
  const number = typeof errno === "number" && errno > 0 ? errno : 0;
  const isLost = fatal === true || number === 0;
  return sqlFailure(`${code ?? "error"}: ${message ?? String(error)}`, { errno: number, isLost });
}
