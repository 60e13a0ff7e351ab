import { execFileSync, spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { NODE_CONFIG, readConfig } from "@fb/config";
import { FbError } from "@fb/types";
import { until } from "./until.ts";

/**
 * What a node did instead of becoming ready; the message holds the end of its log. NODE_EXITED: it ended. NODE_HALTED: a
 * group of it did not start. NODE_TIMEOUT: neither, in the time given. NO_OPERATOR_LISTENER: its configuration has none.
 */
export type NodeProcessErrorCode = "NODE_EXITED" | "NODE_HALTED" | "NODE_TIMEOUT" | "NO_OPERATOR_LISTENER";

/** The built node binary of this repository. */
const NODE_BINARY = fileURLToPath(new URL("../../../apps/node/dist/main.js", import.meta.url));

/** As the start scripts of a chain have it: by itself a thread that was busy keeps 128 MB for new objects. */
const YOUNG_HEAP = "--max-semi-space-size=16";

const LOG_TAIL_BYTES = 4000;

export interface NodeProcessOptions {
  /** The program that runs the node; by default this repository's. */
  readonly binary?: string;
  /** Most descriptors the process may have open; by default as many as this one. */
  readonly openFiles?: number;
}

/** One node folder of a chain and the process that runs in it. */
export class NodeProcess {
  readonly folder: string;
  readonly name: string;
  readonly rpcUrl: string;
  readonly rpcPort: number;
  /** Null when its configuration has no listener for the operator. */
  readonly operatorPort: number | null;
  readonly p2pPort: number;
  readonly #options: NodeProcessOptions;

  constructor(folder: string, options: NodeProcessOptions = {}) {
    this.#options = options;
    // As start.sh names it, so that a node is known whoever started it.
    this.folder = realpathSync(folder);
    this.name = basename(folder);
    const file = join(this.folder, "config.ini");
    const config = readConfig(NODE_CONFIG, file, readFileSync(file, "utf8"));
    this.rpcPort = config.rpc.listenPort;
    this.operatorPort = config.operator.listenPort === 0 ? null : config.operator.listenPort;
    this.p2pPort = config.p2p.listenPort;
    this.rpcUrl = `http://127.0.0.1:${config.rpc.listenPort}`;
  }

  /** Where the node tells of itself as a whole. Throws NO_OPERATOR_LISTENER. */
  get operatorUrl(): string {
    if (this.operatorPort !== null) return `http://127.0.0.1:${this.operatorPort}`;
    throw new FbError<NodeProcessErrorCode>(
      "NO_OPERATOR_LISTENER",
      `${this.name} has no operator listener: give it listen_port under [operator] in ${join(this.folder, "config.ini")}`,
    );
  }

  get logFile(): string {
    return join(this.folder, "node.log");
  }

  get #pidFile(): string {
    return join(this.folder, "node.pid");
  }

  /** The pid of this folder's running node, or null. A pid that now belongs to another program does not count. */
  pid(): number | null {
    if (!existsSync(this.#pidFile)) return null;
    const pid = Number(readFileSync(this.#pidFile, "utf8"));
    return Number.isInteger(pid) && pid > 0 && this.#isOurs(pid) ? pid : null;
  }

  #isOurs(pid: number): boolean {
    const config = join(this.folder, "config.ini");
    try {
      // Empty for a process that has ended, but is not yet collected by its parent.
      if (existsSync("/proc/self/cmdline")) {
        const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        // A folder that was moved meanwhile is known by the process that works in it.
        return args.includes(config) || (args.includes("--config") && readlinkSync(`/proc/${pid}/cwd`) === this.folder);
      }
      return execFileSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" }).includes(config);
    } catch {
      return false;
    }
  }

  /** Starts the node detached; what it says outside of its log goes to node.out. Nothing happens when it already runs. Returns its pid. */
  start(env: Readonly<Record<string, string>> = {}): number {
    const running = this.pid();
    if (running !== null) return running;
    const out = openSync(join(this.folder, "node.out"), "w");
    try {
      const { binary = NODE_BINARY, openFiles } = this.#options;
      const command = [process.execPath, YOUNG_HEAP, binary, "--config", join(this.folder, "config.ini")];
      // The shell becomes the node, so that the pid is the node's.
      if (openFiles !== undefined) command.unshift("/bin/sh", "-c", `ulimit -n ${openFiles} && exec "$0" "$@"`);
      const child = spawn(command[0]!, command.slice(1), {
        cwd: this.folder,
        detached: true,
        stdio: ["ignore", out, out],
        env: { ...process.env, UV_THREADPOOL_SIZE: "64", ...env },
      });
      child.unref();
      writeFileSync(this.#pidFile, `${child.pid}\n`);
      return child.pid!;
    } finally {
      closeSync(out);
    }
  }

  /** Asks the node to stop and waits until it has. False when it still runs after `timeoutMs`. */
  async stop(timeoutMs = 60_000): Promise<boolean> {
    const pid = this.pid();
    if (pid !== null) process.kill(pid, "SIGTERM");
    const stopped = await until(() => this.pid() === null, timeoutMs);
    if (stopped) rmSync(this.#pidFile, { force: true });
    return stopped;
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const pid = this.pid();
    if (pid !== null) process.kill(pid, "SIGKILL");
    await until(() => this.pid() === null, 10_000);
    rmSync(this.#pidFile, { force: true });
  }

  /** Waits until every group runs. Fails at once when the node has ended or one of its groups has halted. */
  async ready(timeoutMs = 60_000): Promise<void> {
    const from = existsSync(this.logFile) ? statSync(this.logFile).size : 0;
    const fail = (code: NodeProcessErrorCode, what: string) =>
      new FbError(code, `${this.name} ${what}; the end of ${this.logFile}:\n${this.logTail(from)}`);
    const ok = await until(async () => {
      if (this.pid() === null) throw fail("NODE_EXITED", "has ended");
      const { ready, halted } = await this.#readiness();
      if (halted !== null) throw fail("NODE_HALTED", halted);
      return ready;
    }, timeoutMs);
    if (!ok) throw fail("NODE_TIMEOUT", `is not ready after ${timeoutMs / 1000} s`);
  }

  async isReady(): Promise<boolean> {
    return (await this.#readiness()).ready;
  }

  async #readiness(): Promise<{ ready: boolean; halted: string | null }> {
    const url = `${this.operatorUrl}/ready`;
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
      const { groups } = (await response.json()) as {
        groups: { group: number; state: string; reason: string | null }[];
      };
      const halted = groups.find(({ state }) => state === "halted");
      return {
        ready: response.ok,
        halted: halted === undefined ? null : `halted group ${halted.group} (${halted.reason})`,
      };
    } catch {
      return { ready: false, halted: null };
    }
  }

  /** The last lines of the log, from byte `from` on at most. */
  logTail(from = 0): string {
    if (!existsSync(this.logFile)) return "";
    const text = readFileSync(this.logFile);
    return text.subarray(Math.max(Math.min(from, text.length), text.length - LOG_TAIL_BYTES)).toString("utf8");
  }
}
