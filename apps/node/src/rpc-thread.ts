import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type { GroupInfo } from "@fb/api";
import { callPort, type MemoryLevel, type MetricsSnapshot, type PortClient, servePort } from "@fb/runtime";
import { FbError, type GroupId } from "@fb/types";
import { answered } from "./answered.ts";
import type { NodeErrorCode } from "./errors.ts";
import { endsWithin } from "./time-limit.ts";
import type {
  NodeThreadApi,
  RpcThreadApi,
  RpcThreadData,
  RpcThreadEvent,
  RpcThreadOptions,
} from "./workers/thread-api.ts";

/** Waits this long for a thread to stop by itself before it is ended, and so long for that. */
const STOP_TIMEOUT_MS = 3_000;
const TERMINATE_TIMEOUT_MS = 500;

/** What requests leave behind is garbage at once: a young heap that grows further takes memory and saves no time. */
const YOUNG_HEAP_MB = 32;

/** One life of a JSON-RPC thread, seen from the host. */
export class RpcThread {
  /** Rejects when it ends without listening: RPC_LISTEN_FAILED when the port is taken. */
  readonly listening: Promise<void>;
  /** Resolves with what ended it; null when it ended as it was told to. */
  readonly exited: Promise<Error | null>;
  readonly #worker: Worker;
  readonly #control: PortClient<RpcThreadApi>;
  readonly #serving = new Set<number>();

  constructor(options: RpcThreadOptions, api: NodeThreadApi) {
    const [node, control] = [new MessageChannel(), new MessageChannel()];
    const server = servePort<NodeThreadApi>(node.port1, api);
    let cause: Error | null = null;
    let isListening = () => {};
    this.#control = callPort<RpcThreadApi, RpcThreadEvent>(control.port1, {
      maxInFlight: 10_000,
      onEvent(event) {
        if (event.type === "listening") isListening();
        else cause = failureOf(event);
      },
    });
    this.#worker = new Worker(new URL(import.meta.resolve("@fb/node/rpc-worker")), {
      name: options.operator ? "operator" : "rpc",
      workerData: { ...options, nodePort: node.port2, control: control.port2 } satisfies RpcThreadData,
      transferList: [node.port2, control.port2],
      resourceLimits: { maxOldGenerationSizeMb: options.maxHeapMb, maxYoungGenerationSizeMb: YOUNG_HEAP_MB },
    });
    this.#worker.on("error", (error) => {
      cause = error instanceof Error ? error : new FbError<NodeErrorCode>("THREAD_ENDED", String(error));
    });
    this.exited = new Promise((resolve) => {
      this.#worker.on("exit", () => {
        server.close();
        this.#control.close();
        this.#serving.clear();
        resolve(cause);
      });
    });
    this.listening = new Promise((resolve, reject) => {
      isListening = resolve;
      void this.exited.then((error) => reject(error ?? new FbError<NodeErrorCode>("THREAD_ENDED", "it was closed")));
    });
    // Who does not wait for it is told by `exited`.
    this.listening.catch(() => {});
  }

  addGroup(info: GroupInfo, query: MessagePort): void {
    this.#control.api.serve(info, query).then(
      () => this.#serving.add(info.groupId),
      // A thread that does not answer has ended, and another one is told.
      () => query.close(),
    );
  }

  /** Whether clients are answered about this group. */
  serves(groupId: GroupId): boolean {
    return this.#serving.has(groupId);
  }

  /** Memory is short, or is no longer. */
  shed(level: MemoryLevel): void {
    this.#control.api.shed(level).catch(() => {});
  }

  /** Null when the thread does not answer. */
  metricsSnapshot(): Promise<MetricsSnapshot | null> {
    return answered(this.#control.api.metricsSnapshot());
  }

  /** Stops answering; the thread is ended when it does not stop in time. Whether it has ended. */
  async close(): Promise<boolean> {
    this.#control.api.close().catch(() => {});
    if (await endsWithin(STOP_TIMEOUT_MS, this.exited)) return true;
    void this.#worker.terminate();
    return endsWithin(TERMINATE_TIMEOUT_MS, this.exited);
  }
}

function failureOf({ code, message }: Extract<RpcThreadEvent, { type: "failed" }>): FbError<NodeErrorCode> {
  return new FbError(code === "UNEXPECTED" ? "NODE_START_FAILED" : (code as NodeErrorCode), message);
}
