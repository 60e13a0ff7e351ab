import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { program, programEnvironment } from "./programs.ts";

/**
 * The shell becomes the server. A part of it stays and waits at a pipe, whose other end is held by this process: when that
 * is killed, so is the server, and its folder goes. A line in the pipe says that the server has ended, and that its pid
 * may be another's now.
 */
const TIED = 'folder=$1; shift; { read -r _ <&3 || { kill -9 $$; rm -rf "$folder"; }; } & exec "$0" "$@" 3<&-';

/** One running mariadbd, which does not outlive this process. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  /** @param folder deleted when this process is killed. */
  constructor(folder: string, args: readonly string[]) {
    this.#child = spawn("/bin/sh", ["-c", TIED, program("mariadbd"), folder, ...args], {
      env: programEnvironment(),
      // In a process group of its own, an interrupt of the terminal does not reach it before those who use it.
      detached: true,
      stdio: ["ignore", "ignore", "ignore", "pipe"],
    });
    const pipe = this.#child.stdio[3] as Socket;
    pipe.on("error", () => undefined).unref();
    this.#ended = once(this.#child, "exit").then(() => pipe.end("\n"));
    this.#child.unref();
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Signals the server, if it runs. */
  signal(signal: NodeJS.Signals): void {
    if (this.running) this.#child.kill(signal);
  }

  /** Resolves when the server has ended. */
  async ended(): Promise<void> {
    this.#child.ref();
    await this.#ended;
  }
}
