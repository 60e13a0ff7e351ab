import { createJobQueue, type JobQueue, type Logger, type MetricsRegister } from "@fb/runtime";
import type { GroupChannel, NodeId } from "@fb/types";
import type { SyncMetrics } from "./metrics.ts";
import type { SyncOptions } from "./options.ts";
import type { SyncChain } from "./ports.ts";
import { type BlockRequestMessage, wire } from "./wire.ts";

export interface BlockServerDeps {
  readonly channel: GroupChannel;
  readonly chain: SyncChain;
  readonly log: Logger;
  readonly register: MetricsRegister;
  readonly metrics: SyncMetrics;
}

/** Reads from storage at once. */
const CONCURRENCY = 2;
const MAX_WAITING = 64;
/** A member has one request under way, and more only when their time ran out. */
const MAX_PER_PEER = 4;
/** Room for the message around the blocks. */
const ENVELOPE_BYTES = 64 * 1024;

/** Answers block requests of members within limits. */
export class BlockServer {
  readonly #options: SyncOptions;
  readonly #deps: BlockServerDeps;
  readonly #queue: JobQueue;
  readonly #perPeer = new Map<NodeId, number>();

  constructor(options: SyncOptions, deps: BlockServerDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#queue = createJobQueue(
      { name: "sync-serve", concurrency: CONCURRENCY, maxWaiting: MAX_WAITING },
      deps.register,
    );
  }

  /** False when the request is outside the limits. */
  onRequest(peer: NodeId, request: BlockRequestMessage): boolean {
    if (request.count < 1 || request.from < 1) return false;
    const waiting = this.#perPeer.get(peer) ?? 0;
    if (waiting >= MAX_PER_PEER) {
      // Not a fault: while this node is slow, an honest member asks again after each time-out.
      this.#deps.metrics.refused.inc({ reason: "peer-limit" });
      return true;
    }
    this.#perPeer.set(peer, waiting + 1);
    this.#queue
      .run(() => this.#answer(peer, request))
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        const left = this.#perPeer.get(peer)! - 1;
        if (left === 0) this.#perPeer.delete(peer);
        else this.#perPeer.set(peer, left);
      });
    return true;
  }

  close(): Promise<void> {
    return this.#queue.close();
  }

  async #answer(peer: NodeId, request: BlockRequestMessage): Promise<void> {
    const { channel, chain, metrics } = this.#deps;
    const count = Math.min(request.count, this.#options.batchBlocks);
    const maxBytes = Math.min(request.max_bytes, this.#options.batchBytes, channel.maxPayloadBytes - ENVELOPE_BYTES);
    const items = await chain.encodedBlocks(request.from, count, maxBytes);
    const bytes = items.reduce((sum, item) => sum + item.block.length, 0);
    const payload = wire.encode("SyncMessage", { block_response: { id: request.id, items } });
    if (channel.send(peer, "sync", payload) === "dropped") {
      metrics.refused.inc({ reason: "dropped" });
      return;
    }
    metrics.served.inc({}, items.length);
    metrics.servedBytes.inc({}, bytes);
  }

  #failed(error: unknown): void {
    const code = error instanceof Error && "code" in error ? String(error.code) : "FAILED";
    const isLoad = code === "QUEUE_FULL" || code === "QUEUE_CLOSED";
    this.#deps.metrics.refused.inc({ reason: isLoad ? "busy" : "failed" });
    if (!isLoad) this.#deps.log.warn("block-request-failed", { code, error: String(error) });
  }
}
