import type { MessagePort } from "node:worker_threads";
import type { GroupInfo } from "@fb/api";
import type { Clock, Counter, Logger, MemoryLevel, MetricsSnapshot } from "@fb/runtime";
import type { GroupId } from "@fb/types";
import { errorCode } from "./errors.ts";
import { RpcThread } from "./rpc-thread.ts";
import type { NodeThreadApi, RpcThreadOptions } from "./workers/thread-api.ts";

/** Waits before a thread that ended is started again; the last one repeats. */
const RESTART_DELAYS_MS = [0, 1000, 2000, 5000, 10_000, 30_000];
/** A thread that listened for so long begins again with the first delay. */
const STABLE_MS = 60_000;

export interface RpcHostDeps {
  readonly api: NodeThreadApi;
  readonly clock: Clock;
  readonly log: Logger;
  /** Counts threads started again, by `module`. */
  readonly restarts: Counter;
}

/**
 * One JSON-RPC listener, seen from the host. Its thread may die, of memory for example; then clients lose their
 * connections and nothing else: another thread takes its place and serves the same groups.
 */
export class RpcHost {
  readonly #options: RpcThreadOptions;
  readonly #deps: RpcHostDeps;
  readonly #module: string;
  /** The groups served, and how a thread gets a port to ask each. */
  readonly #groups = new Map<GroupId, { readonly info: GroupInfo; readonly openQuery: () => MessagePort }>();
  /** Null until the next one is started. */
  #thread: RpcThread | null;
  #failures = 0;
  #memoryLevel: MemoryLevel = 0;
  #stopTimer: () => void = () => {};
  #closing: Promise<boolean> | null = null;

  constructor(options: RpcThreadOptions, deps: RpcHostDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#module = options.operator ? "operator" : "rpc";
    this.#thread = new RpcThread(options, deps.api);
  }

  /** Rejects when the first thread cannot listen: RPC_LISTEN_FAILED when the port is taken. */
  async listening(): Promise<void> {
    const thread = this.#thread!;
    await thread.listening;
    this.#watch(thread);
  }

  addGroup(info: GroupInfo, openQuery: () => MessagePort): void {
    this.#groups.set(info.groupId, { info, openQuery });
    this.#thread?.addGroup(info, openQuery());
  }

  /** Memory is short, or is no longer. */
  shed(level: MemoryLevel): void {
    this.#memoryLevel = level;
    this.#thread?.shed(level);
  }

  /** Whether clients of this listener are answered about the group now. */
  serves(groupId: GroupId): boolean {
    return this.#thread?.serves(groupId) ?? false;
  }

  /** Null when the thread does not answer. */
  async metricsSnapshot(): Promise<MetricsSnapshot | null> {
    return this.#thread?.metricsSnapshot() ?? null;
  }

  /** Stops answering; whether the thread has ended. Idempotent. */
  close(): Promise<boolean> {
    this.#stopTimer();
    this.#closing ??= this.#thread?.close() ?? Promise.resolve(true);
    return this.#closing;
  }

  /** Starts another thread when this one ends without having been told to. */
  #watch(thread: RpcThread): void {
    const { clock, log, restarts } = this.#deps;
    const since = clock.monotonic();
    void thread.exited.then((error) => {
      this.#thread = null;
      if (this.#closing !== null) return;
      if (clock.monotonic() - since > STABLE_MS) this.#failures = 0;
      const delayMs = RESTART_DELAYS_MS[Math.min(this.#failures, RESTART_DELAYS_MS.length - 1)]!;
      this.#failures++;
      log.error("rpc-thread-ended", { module: this.#module, code: errorCode(error), error, restartInMs: delayMs });
      restarts.inc({ module: this.#module });
      this.#stopTimer = clock.after(delayMs, () => this.#restart());
    });
  }

  #restart(): void {
    const thread = new RpcThread(this.#options, this.#deps.api);
    for (const { info, openQuery } of this.#groups.values()) thread.addGroup(info, openQuery());
    thread.shed(this.#memoryLevel);
    this.#thread = thread;
    this.#watch(thread);
  }
}
