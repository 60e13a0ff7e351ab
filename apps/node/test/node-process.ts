import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { NodeFolder } from "./node-folder.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** Between two looks at a node that would be slowed down by more of them. */
const LOOK_EVERY_MS = 25;

interface LogLine {
  readonly event: string;
  readonly group?: number;
  readonly [field: string]: unknown;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program run from source; killed when the test ends. */
export class NodeRun {
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #stdout = "";
  #stderr = "";
  #done = false;

  constructor(...args: readonly string[]) {
    const [program, ...rest] = this.command([process.execPath, "--conditions=fb-source", MAIN, ...args]);
    this.#child = spawn(program!, rest, { stdio: ["ignore", "pipe", "pipe"] });
    onTestFinished(() => void this.#child.kill("SIGKILL"));
    this.#child.stdout!.on("data", (chunk: Uint8Array) => this.#heard(() => (this.#stdout += chunk)));
    this.#child.stderr!.on("data", (chunk: Uint8Array) => this.#heard(() => (this.#stderr += chunk)));
    this.exited = new Promise((resolve) => {
      this.#child.on("close", (code, signal) => {
        this.#heard(() => (this.#done = true));
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  protected command(command: readonly string[]): readonly string[] {
    return command;
  }

  kill(signal: NodeJS.Signals): Promise<Exit> {
    this.send(signal);
    return this.exited;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  send(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  lines(): LogLine[] {
    return this.#stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as LogLine);
  }

  /** The first log line of this event (of this group); rejects when the process ends without one. */
  logged(event: string, group?: number): Promise<LogLine> {
    return new Promise((resolve, reject) => {
      const check = () => {
        const line = this.lines().find((candidate) => candidate.event === event && candidate.group === group);
        if (line === undefined && !this.#done) return;
        this.#waiting.delete(check);
        if (line !== undefined) resolve(line);
        else reject(new TypeError(`ended without ${event}:\n${this.#stdout}\n${this.#stderr}`));
      };
      this.#waiting.add(check);
      check();
    });
  }

  #heard(change: () => void): void {
    change();
    for (const check of [...this.#waiting]) check();
  }
}

export const FEW_DESCRIPTORS = 512;

/** The program where few files and connections may be open. */
class NarrowRun extends NodeRun {
  protected override command(command: readonly string[]): readonly string[] {
    return ["sh", "-c", `ulimit -n ${FEW_DESCRIPTORS}; exec "$0" "$@"`, ...command];
  }
}

interface Readiness {
  readonly group: number;
  readonly state: string;
  readonly reason: string | null;
  readonly notReady: readonly { readonly code: string }[];
}

function isOnItsWay({ state, notReady }: Readiness): boolean {
  return state === "starting" || notReady.some(({ code }) => code === "NOT_SERVED");
}

/** A node process and its JSON-RPC. */
export class RunningNode {
  readonly run: NodeRun;
  /** Base URLs of the listeners for clients and for the operator. */
  readonly url: string;
  readonly operatorUrl: string;

  private constructor(folder: NodeFolder, Run: typeof NodeRun) {
    const { rpc, operator } = folder.node.ports;
    this.run = new Run("--config", folder.config);
    this.url = `http://127.0.0.1:${rpc}`;
    this.operatorUrl = `http://127.0.0.1:${operator}`;
  }

  /** Starts a node and waits until none of its groups is still starting. */
  static async start(folder: NodeFolder, narrow = false): Promise<RunningNode> {
    const node = new RunningNode(folder, narrow ? NarrowRun : NodeRun);
    await node.run.logged("node-started");
    while ((await node.ready()).groups.some(isOnItsWay)) await pause(LOOK_EVERY_MS);
    return node;
  }

  async ready() {
    const response = await fetch(`${this.operatorUrl}/ready`);
    const { groups } = (await response.json()) as { groups: Readiness[] };
    return { status: response.status, groups };
  }

  async rpc<T>(group: number, method: string, ...params: readonly unknown[]): Promise<T> {
    const response = await fetch(`${this.url}/group/${group}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    const answer = (await response.json()) as { result: T; error?: { message: string } };
    if (answer.error !== undefined) throw new TypeError(answer.error.message);
    return answer.result;
  }

  /** Waits for the block of a transaction. */
  async receipt(group: number, hash: string): Promise<{ blockNumber: string; status: string }> {
    for (;;) {
      const receipt = await this.rpc<{ blockNumber: string; status: string } | null>(
        group,
        "eth_getTransactionReceipt",
        hash,
      );
      if (receipt !== null) return receipt;
      await pause(LOOK_EVERY_MS);
    }
  }
}
