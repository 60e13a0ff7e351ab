import { existsSync, readFileSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FbError } from "@fb/types";
import type { MariadbErrorCode } from "./errors.ts";
import type { MariadbOptions } from "./options.ts";
import { freePorts, greets } from "./ports.ts";
import { ServerProcess } from "./process.ts";
import { program } from "./programs.ts";
import { runToEnd, serverOptions, templateFolder } from "./template.ts";

const START_MS = 60_000;
const STOP_MS = 30_000;
const POLL_MS = 20;
const LOG_TAIL = 3_000;

/** A MariaDB server with a data folder of its own that listens on loopback only. */
export class Mariadb {
  readonly folder: string;
  readonly host = "127.0.0.1";
  readonly port: number;
  /** What mariadbd is started with each time. */
  readonly args: readonly string[];
  #process: ServerProcess | null = null;

  /** @internal Use {@link startMariadb}. */
  constructor(folder: string, port: number, { args = [] }: MariadbOptions) {
    this.folder = folder;
    this.port = port;
    this.args = [
      ...serverOptions(join(folder, "data")),
      `--port=${port}`,
      `--bind-address=${this.host}`,
      `--socket=${this.socket}`,
      `--pid-file=${join(folder, "server.pid")}`,
      `--log-error=${this.logFile}`,
      ...args,
    ];
  }

  /** Path of the socket at which the administrator, root, needs no password. */
  get socket(): string {
    return join(this.folder, "server.sock");
  }

  get logFile(): string {
    return join(this.folder, "server.log");
  }

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  /** Starts the server on the rows that it has and waits until it takes connections. Throws MARIADB_FAILED. */
  async start(args: readonly string[] = []): Promise<void> {
    if (this.running) return;
    await this.#process?.ended();
    const started = new ServerProcess(this.folder, [...this.args, ...args]);
    this.#process = started;
    const deadline = performance.now() + START_MS;
    while (!(await greets(this.port))) {
      if (!started.running) throw this.#failed("did not start");
      if (performance.now() > deadline) {
        await this.kill();
        throw this.#failed(`takes no connection after ${START_MS / 1000} s`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  #failed(what: string): FbError<MariadbErrorCode> {
    const log = existsSync(this.logFile) ? readFileSync(this.logFile, "utf8").slice(-LOG_TAIL) : "";
    return new FbError("MARIADB_FAILED", `mariadbd ${what}; the end of its log:\n${log}`);
  }

  /**
   * Runs statements as the server's administrator over its socket, whatever the state of its port. Returns the rows of
   * all results as text, NULL as `NULL`. Throws MARIADB_FAILED.
   */
  async sql(statements: string): Promise<string[][]> {
    const args = ["--no-defaults", `--socket=${this.socket}`, "--user=root", "--batch", "--skip-column-names"];
    const output = await runToEnd(program("mariadb"), args, statements);
    return output
      .split("\n")
      .slice(0, -1)
      .map((line) => line.split("\t"));
  }

  /** Makes an empty database as an operator does. */
  async createDatabase(name: string): Promise<void> {
    await this.sql(`CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
  }

  /** kill -9. */
  async kill(): Promise<void> {
    this.#process?.signal("SIGKILL");
    await this.#process?.ended();
  }

  /** The server hangs: connections stay, nothing is answered. */
  pause(): void {
    this.#process?.signal("SIGSTOP");
  }

  resume(): void {
    this.#process?.signal("SIGCONT");
  }

  /** Shuts the server down in order. Throws MARIADB_FAILED when it does not end. */
  async stop(): Promise<void> {
    if (!this.running) return;
    this.#process?.signal("SIGTERM");
    const timer = setTimeout(() => this.#process?.signal("SIGKILL"), STOP_MS);
    await this.#process?.ended();
    clearTimeout(timer);
  }

  /** Kills the server and deletes its folder. */
  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A folder with a fresh copy of the template as `data`. */
export async function scratchServer(options: MariadbOptions = {}): Promise<Mariadb> {
  const template = await templateFolder();
  const folder = await mkdtemp(join(options.folder ?? tmpdir(), "fb-mariadb-"));
  await cp(template, join(folder, "data"), { recursive: true });
  const [port] = await freePorts(1);
  return new Mariadb(folder, port!, options);
}

/** Starts a server on an empty data folder. Throws MARIADB_MISSING, MARIADB_FAILED. */
export async function startMariadb(options: MariadbOptions = {}): Promise<Mariadb> {
  const server = await scratchServer(options);
  try {
    await server.start();
  } catch (error) {
    await server.dispose();
    throw error;
  }
  return server;
}
