import type { ThreadLane } from "@fb/runtime";
import type { NodeId } from "@fb/types";
import type { SyncMetrics } from "../metrics.ts";
import { messagePrice, type PeerCosts } from "../peer-costs.ts";

/** What a message takes beside its bytes. */
const MESSAGE_BYTES = 64;

export interface TxInboxDeps {
  readonly lane: ThreadLane;
  readonly costs: Pick<PeerCosts, "charge" | "drop">;
  readonly metrics: SyncMetrics;
  /** Reads one message; the next one of the same member waits until it has ended. Must not reject. */
  readonly read: (from: NodeId, payload: Uint8Array) => Promise<void>;
}

interface Waiting {
  readonly payloads: Uint8Array[];
  bytes: number;
}

/**
 * Messages about transactions that wait unread, of each member in order. One of a member is read at a time, in its turn
 * of the thread, so that what a member sends costs memory as bytes and not as objects. A member may have as much
 * waiting as it leaves free; its newest are dropped above that.
 */
export class TxInbox {
  readonly #maxBytes: number;
  readonly #deps: TxInboxDeps;
  readonly #waiting = new Map<NodeId, Waiting>();
  #bytes = 0;
  #closed = false;

  /** @param maxBytes that wait of all members together, 64 more counted for each message. */
  constructor(maxBytes: number, deps: TxInboxDeps) {
    this.#maxBytes = maxBytes;
    this.#deps = deps;
  }

  put(from: NodeId, payload: Uint8Array): void {
    const { costs } = this.#deps;
    if (!costs.charge(from, messagePrice(payload.length))) return;
    const known = this.#waiting.get(from);
    const bytes = payload.length + MESSAGE_BYTES;
    if (this.#closed || (known?.bytes ?? 0) + bytes > this.#maxBytes - this.#bytes) {
      costs.drop("queue");
      return;
    }
    const waiting = known ?? { payloads: [], bytes: 0 };
    waiting.payloads.push(payload);
    this.#count(waiting, bytes);
    if (known !== undefined) return;
    this.#waiting.set(from, waiting);
    void this.#work(from, waiting);
  }

  /** Nothing is read any more. */
  close(): void {
    this.#closed = true;
  }

  async #work(from: NodeId, waiting: Waiting): Promise<void> {
    const { lane, read } = this.#deps;
    for (let payload = waiting.payloads[0]; payload !== undefined && !this.#closed; payload = waiting.payloads[0]) {
      const turn = lane.take(from, messagePrice(payload.length));
      if (turn !== null) await turn;
      await read(from, payload);
      waiting.payloads.shift();
      this.#count(waiting, -payload.length - MESSAGE_BYTES);
    }
    this.#waiting.delete(from);
  }

  #count(waiting: Waiting, bytes: number): void {
    waiting.bytes += bytes;
    this.#bytes += bytes;
    this.#deps.metrics.waitingBytes.set(this.#bytes);
  }
}
