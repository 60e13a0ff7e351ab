import { MessageChannel, Worker } from "node:worker_threads";
import type { CallOutcome, CallRequest, EstimateOutcome } from "@fb/api";
import type { CallRunner, CallSource, NextTurn } from "@fb/ledger/calls";
import { type Clock, callPort, type Logger, type MetricsRegister, type PortClient, servePort } from "@fb/runtime";
import { FbError, type GroupId, type Height } from "@fb/types";
import { errorCode } from "./errors.ts";
import type { CallThreadApi, CallWorkerData } from "./workers/call-worker.ts";

export interface CallHostOptions {
  /** Raw chain.id. */
  readonly chainId: number;
  readonly groupId: GroupId;
  /** What the thread runs: `workers/call-worker.ts`. */
  readonly program: URL;
}

export interface CallHostDeps {
  /** What the thread reads through this one. */
  readonly source: CallSource;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsRegister;
}

/** Why a thread of calls ended. */
type Ending = "idle" | "stuck" | "crashed" | "closed";

/** Without a call for so long, the thread ends and gives its memory back. */
const IDLE_MS = 30_000;
/** Looks at a thread that does not answer, and how many of them before it is ended; a thread that loads gets longer. */
const LOOK_MS = 500;
const LOOKS = 6;
const LOOKS_WHILE_LOADING = 60;
const MAX_OPEN = 4096;
/**
 * For what is kept beside the engine's own memory. Far above what the bounds of calls add up to: running into it ends the
 * thread at best, and the process when a single large object is asked for.
 */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 32 };

/** One thread of calls, from its start to its end. */
interface CallThread {
  readonly worker: Worker;
  readonly calls: PortClient<CallThreadApi>;
  readonly source: { close(): void };
  /** Calls this side waits for. */
  open: number;
  isLoaded: boolean;
  isWatched: boolean;
  stopIdle: () => void;
}

/**
 * A group's calls in a thread of their own, seen from the group's thread. It is started by the first call, and ended when
 * it is idle or no longer answers; when it dies, the calls it had fail and the next call starts another.
 */
export class CallHost implements CallRunner {
  readonly #options: CallHostOptions;
  readonly #deps: CallHostDeps;
  readonly #ends: { inc(labels: { ending: Ending }): void };
  #thread: CallThread | null = null;
  #closed = false;

  constructor(options: CallHostOptions, deps: CallHostDeps) {
    this.#options = options;
    this.#deps = deps;
    const help = "Threads of calls that ended: idle, stuck (it no longer answered), crashed, closed";
    this.#ends = deps.metrics.counter("fb_ledger_call_threads_ended_total", help, ["ending"]);
  }

  call(request: CallRequest, height: Height, maxGas: bigint, signal: AbortSignal): Promise<CallOutcome> {
    return this.#ask(signal, (api) => api.call(request, height, maxGas, signal));
  }

  estimateGas(
    request: CallRequest,
    height: Height,
    turn: NextTurn,
    maxGas: bigint,
    signal: AbortSignal,
  ): Promise<EstimateOutcome> {
    return this.#ask(signal, (api) => api.estimateGas(request, height, turn, maxGas, signal));
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#thread !== null) await this.#end(this.#thread, "closed");
  }

  async #ask<T>(signal: AbortSignal, ask: (api: CallThreadApi) => Promise<T>): Promise<T> {
    if (this.#closed) throw new FbError("PORT_CLOSED", "the group has stopped");
    this.#thread ??= this.#start();
    const thread = this.#thread;
    thread.open++;
    thread.stopIdle();
    try {
      return await ask(thread.calls.api);
    } finally {
      if (--thread.open === 0 && this.#thread === thread) {
        thread.stopIdle = this.#deps.clock.after(IDLE_MS, () => void this.#end(thread, "idle"));
      }
      // Whoever gives up a call wants it ended: the thread must get to hear of it.
      if (signal.aborted) void this.#watch(thread);
    }
  }

  #start(): CallThread {
    const { source, log } = this.#deps;
    const [calls, reads] = [new MessageChannel(), new MessageChannel()];
    const { chainId, groupId, program } = this.#options;
    const data: CallWorkerData = { options: { chainId, groupId }, calls: calls.port2, source: reads.port2 };
    const worker = new Worker(program, {
      name: `calls${groupId}`,
      workerData: data,
      transferList: [calls.port2, reads.port2],
      resourceLimits: RESOURCE_LIMITS,
    });
    const thread: CallThread = {
      worker,
      calls: callPort<CallThreadApi>(calls.port1, { maxInFlight: MAX_OPEN }),
      source: servePort<CallSource>(reads.port1, source),
      open: 0,
      isLoaded: false,
      isWatched: false,
      stopIdle: () => {},
    };
    worker.on("error", (error) => log.warn("calls-crashed", { code: errorCode(error), error }));
    worker.on("exit", () => void this.#end(thread, "crashed"));
    void this.#watch(thread);
    return thread;
  }

  /** Ends the thread when it does not answer; by then whatever this side waited for has been given up or will be. */
  async #watch(thread: CallThread): Promise<void> {
    if (thread.isWatched) return;
    thread.isWatched = true;
    let looks = 0;
    // Counted, not timed: while this thread is busy itself, no answer can arrive.
    const stop = this.#deps.clock.every(LOOK_MS, () => {
      if (++looks < (thread.isLoaded ? LOOKS : LOOKS_WHILE_LOADING)) return;
      stop();
      void this.#end(thread, "stuck");
    });
    await thread.calls.api.ping().then(
      () => {
        thread.isLoaded = true;
      },
      () => {},
    );
    stop();
    thread.isWatched = false;
  }

  async #end(thread: CallThread, ending: Ending): Promise<void> {
    if (this.#thread !== thread) return;
    this.#thread = null;
    thread.stopIdle();
    this.#ends.inc({ ending });
    if (ending === "stuck") this.#deps.log.warn("calls-stuck", { calls: thread.open });
    thread.calls.close();
    thread.source.close();
    await thread.worker.terminate();
  }
}
