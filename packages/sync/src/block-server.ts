import {
  type Clock,
  type CostBudgets,
  createCostBudgets,
  createJobQueue,
  type JobQueue,
  type Logger,
  type MetricsRegister,
  PRICES,
  type ThreadLane,
} from "@fb/runtime";
import { FbError, type GroupChannel, isCode, type NodeId } from "@fb/types";
import type { SyncMetrics } from "./metrics.ts";
import type { SyncOptions } from "./options.ts";
import { messagePrice } from "./peer-costs.ts";
import type { SyncChain } from "./ports.ts";
import { type BlockRequestMessage, lowestField, wire } from "./wire.ts";

export interface BlockServerDeps {
  readonly channel: GroupChannel;
  readonly chain: SyncChain;
  readonly clock: Clock;
  readonly lane: ThreadLane;
  readonly log: Logger;
  readonly register: MetricsRegister;
  readonly metrics: SyncMetrics;
}

/** Reads from storage at once. */
const CONCURRENCY = 2;
const MAX_WAITING = 64;
/** A member has one request under way, and more only when their time ran out. */
const MAX_PER_PEER = 4;
/**
 * What serving one member may cost. Not charged with what else it sends: downloading is no fault, so above this it waits.
 * Some thousand blocks at once, 700 a second of small ones, 70 MB a second of large ones.
 */
const BUDGET = { burstMs: 1_000, msPerSecond: 100, maxParties: 1_024 } as const;
/** Room for the message around the blocks. */
const ENVELOPE_BYTES = 64 * 1024;

/** What a peer asked over its present connection. */
interface Session {
  waiting: number;
  isOver: boolean;
}

/** Answers block requests of members within limits. */
export class BlockServer {
  readonly #options: SyncOptions;
  readonly #deps: BlockServerDeps;
  readonly #queue: JobQueue;
  readonly #budgets: CostBudgets<NodeId>;
  readonly #sessions = new Map<NodeId, Session>();
  /** End what waits for a budget. */
  readonly #cancels = new Set<() => void>();
  #paused = false;

  constructor(options: SyncOptions, deps: BlockServerDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#budgets = createCostBudgets(BUDGET, deps.clock);
    this.#queue = createJobQueue(
      { name: "sync-serve", concurrency: CONCURRENCY, maxWaiting: MAX_WAITING },
      deps.register,
    );
  }

  /** False when the request is outside the limits. */
  onRequest(peer: NodeId, request: BlockRequestMessage): boolean {
    if (request.count < 1 || request.from < 1) return false;
    if (this.#paused) {
      this.#deps.metrics.refused.inc({ reason: "paused" });
      return true;
    }
    const session = this.#sessions.get(peer) ?? { waiting: 0, isOver: false };
    if (session.waiting >= MAX_PER_PEER) {
      // Not a fault: while this node is slow, an honest member asks again after each time-out.
      this.#deps.metrics.refused.inc({ reason: "peer-limit" });
      return true;
    }
    session.waiting++;
    this.#sessions.set(peer, session);
    this.#affordable(peer)
      .then(() => this.#queue.run(() => this.#answer(peer, session, request)))
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        session.waiting--;
        if (session.waiting === 0 && !session.isOver) this.#sessions.delete(peer);
      });
    return true;
  }

  /** While it is on, requests are left unanswered: the member asks somebody else. */
  pause(on: boolean): void {
    this.#paused = on;
  }

  /** What was asked over a connection that ended is not answered over the next one. */
  gone(peer: NodeId): void {
    const session = this.#sessions.get(peer);
    if (session !== undefined) session.isOver = true;
    this.#sessions.delete(peer);
  }

  close(): Promise<void> {
    for (const cancel of this.#cancels) cancel();
    return this.#queue.close();
  }

  /** Waits until the member may cost something. Requests of one that waits go on at the same time, into debt. */
  #affordable(peer: NodeId): Promise<void> {
    const { clock, metrics } = this.#deps;
    const wait = this.#budgets.waitMs(peer);
    if (wait === 0) return Promise.resolve();
    metrics.serveWaits.inc();
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        this.#cancels.delete(end);
        resolve();
      };
      const cancel = clock.after(wait, end);
      this.#cancels.add(end);
    });
  }

  async #answer(peer: NodeId, session: Session, request: BlockRequestMessage): Promise<void> {
    const { channel, chain, lane, metrics } = this.#deps;
    const count = Math.min(request.count, this.#options.batchBlocks);
    const price = count * PRICES.diskRead;
    const turn = lane.take(peer, price);
    if (turn !== null) await turn;
    if (session.isOver) return;
    this.#budgets.charge(peer, price);
    const maxBytes = Math.min(request.max_bytes, this.#options.batchBytes, channel.maxPayloadBytes - ENVELOPE_BYTES);
    const items = await chain.encodedBlocks(request.from, count, maxBytes);
    if (session.isOver) return;
    const bytes = items.reduce((sum, item) => sum + item.block.length, 0);
    this.#budgets.refund(peer, (count - items.length) * PRICES.diskRead);
    this.#budgets.charge(peer, messagePrice(bytes));
    const response = {
      id: request.id,
      items: wire.encode("BlockItems", { items }),
      ...lowestField(chain.lowestBlock()),
    };
    const payload = wire.encode("SyncMessage", { block_response: response });
    if (channel.send(peer, "sync", payload) === "dropped") {
      metrics.refused.inc({ reason: "dropped" });
      return;
    }
    metrics.served.inc({}, items.length);
    metrics.servedBytes.inc({}, bytes);
  }

  #failed(error: unknown): void {
    const isLoad = isCode(error, "QUEUE_FULL") || isCode(error, "QUEUE_CLOSED");
    this.#deps.metrics.refused.inc({ reason: isLoad ? "busy" : "failed" });
    const code = error instanceof FbError ? error.code : "FAILED";
    if (!isLoad) this.#deps.log.warn("block-request-failed", { code, error: String(error) });
  }
}
