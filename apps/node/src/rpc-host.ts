import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type { GroupInfo } from "@fb/ledger";
import { type Logger, servePort } from "@fb/runtime";
import { FbError, type GroupId } from "@fb/types";
import type { NodeErrorCode } from "./errors.ts";
import type { NodeThreadApi, RpcWorkerCommand, RpcWorkerData, RpcWorkerMessage } from "./workers/messages.ts";

/** The thread of the JSON-RPC server, seen from the host. */
export class RpcHost {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #node: { close(): void };
  readonly #listening: Promise<void>;
  #closing = false;

  /** @param onCrash called when the thread ends by itself after it listened */
  constructor(options: Omit<RpcWorkerData, "nodePort">, api: NodeThreadApi, log: Logger, onCrash: () => void) {
    const { port1, port2 } = new MessageChannel();
    this.#node = servePort<NodeThreadApi>(port1, api);
    this.#worker = new Worker(new URL(import.meta.resolve("@fb/node/rpc-worker")), {
      name: "rpc",
      workerData: { ...options, nodePort: port2 } satisfies RpcWorkerData,
      transferList: [port2],
    });
    let listening = false;
    this.#exited = new Promise((resolve) =>
      this.#worker.on("exit", () => {
        resolve();
        if (listening && !this.#closing) onCrash();
      }),
    );
    this.#listening = new Promise((resolve, reject) => {
      this.#worker.on("error", (error) => {
        log.error("rpc-crashed", { error });
        reject(error);
      });
      this.#worker.on("message", (message: RpcWorkerMessage) => {
        if (message.type === "listening") {
          listening = true;
          resolve();
        } else if (message.type === "failed") {
          reject(
            new FbError(
              message.code === "UNEXPECTED" ? "NODE_START_FAILED" : (message.code as NodeErrorCode),
              message.message,
            ),
          );
        }
      });
    });
    // Awaited in `listening`; a failure before that must not count as unhandled.
    this.#listening.catch(() => {});
  }

  /** Rejects with RPC_LISTEN_FAILED when the port is taken. */
  listening(): Promise<void> {
    return this.#listening;
  }

  addGroup(info: GroupInfo, query: MessagePort): void {
    this.#worker.postMessage({ type: "group", info, query } satisfies RpcWorkerCommand, [query]);
  }

  removeGroup(groupId: GroupId): void {
    this.#worker.postMessage({ type: "gone", groupId } satisfies RpcWorkerCommand);
  }

  /** Stops answering; idempotent. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#worker.postMessage({ type: "close" } satisfies RpcWorkerCommand);
    await this.#exited;
    this.#node.close();
  }
}
