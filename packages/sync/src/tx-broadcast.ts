import type { Clock } from "@fb/runtime";
import type { GroupChannel, Hash, NodeId } from "@fb/types";
import type { SyncMetrics } from "./metrics.ts";
import type { SyncOptions } from "./options.ts";
import type { AcceptedTransactions, SyncPool } from "./ports.ts";
import { MAX_SENT_TXS, wire } from "./wire.ts";

export interface TxBroadcastDeps {
  readonly channel: GroupChannel;
  readonly pool: SyncPool;
  readonly clock: Clock;
  readonly metrics: SyncMetrics;
}

/** A full queue of a peer is tried again after so many collection times. */
const RETRY_FACTOR = 10;
/** The log is cleaned of transactions that left the pool when it has doubled, but not below this. */
const MIN_COMPACT = 16_384;

interface Chunk {
  readonly payload: Uint8Array | null;
  readonly txs: number;
  readonly next: number;
}

/**
 * Sends the transactions of this node's clients to every member once: a log of their hashes with a cursor for each
 * member. A slow member's cursor stays behind and holds up nobody; one that comes back starts at the beginning and gets
 * what still waits. What members refused or lost is left to {@link TxRelay}.
 */
export class TxBroadcast {
  readonly #options: SyncOptions;
  readonly #deps: TxBroadcastDeps;
  #log: Hash[] = [];
  readonly #cursors = new Map<NodeId, number>();
  #compactAt = MIN_COMPACT;
  #cancelFlush: (() => void) | null = null;

  constructor(options: SyncOptions, deps: TxBroadcastDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  onAccepted({ txs, source }: AcceptedTransactions): void {
    if (source !== "client") return;
    for (const { tx } of txs) this.#log.push(tx.hash);
    if (this.#log.length >= this.#compactAt) this.#compact();
    this.#schedule(this.#options.txBatchMs);
  }

  up(peer: NodeId): void {
    this.#cursors.set(peer, 0);
    this.#schedule(this.#options.txBatchMs);
  }

  gone(peer: NodeId): void {
    this.#cursors.delete(peer);
  }

  close(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = null;
  }

  #schedule(ms: number): void {
    this.#cancelFlush ??= this.#deps.clock.after(ms, () => this.#flush());
  }

  #flush(): void {
    this.#cancelFlush = null;
    const chunks = new Map<number, Chunk>();
    let isBlocked = false;
    for (const peer of this.#cursors.keys()) if (!this.#flushTo(peer, chunks)) isBlocked = true;
    if (isBlocked) this.#schedule(this.#options.txBatchMs * RETRY_FACTOR);
  }

  /** False when the peer takes no more now. */
  #flushTo(peer: NodeId, chunks: Map<number, Chunk>): boolean {
    for (let at = this.#cursors.get(peer)!; at < this.#log.length; ) {
      let chunk = chunks.get(at);
      if (chunk === undefined) chunks.set(at, (chunk = this.#chunk(at)));
      if (chunk.payload !== null) {
        if (this.#deps.channel.send(peer, "txs", chunk.payload) === "dropped") return false;
        this.#deps.metrics.txsSent.inc({}, chunk.txs);
      }
      at = chunk.next;
      this.#cursors.set(peer, at);
    }
    return true;
  }

  #chunk(from: number): Chunk {
    const txs: Uint8Array[] = [];
    let bytes = 0;
    let next = from;
    for (; next < this.#log.length && txs.length < MAX_SENT_TXS; next++) {
      const raw = this.#deps.pool.get(this.#log[next]!)?.tx.raw;
      if (raw === undefined) continue;
      bytes += raw.length + 8;
      if (txs.length > 0 && bytes > this.#options.txBatchBytes) break;
      txs.push(raw);
    }
    return { payload: txs.length === 0 ? null : wire.encode("TxsMessage", { batch: { txs } }), txs: txs.length, next };
  }

  /** Forgets what left the pool; cursors keep pointing at the same transaction. */
  #compact(): void {
    const kept: Hash[] = [];
    /** New position of each old one. */
    const moved = new Uint32Array(this.#log.length + 1);
    for (const [at, hash] of this.#log.entries()) {
      moved[at] = kept.length;
      if (this.#deps.pool.get(hash) !== null) kept.push(hash);
    }
    moved[this.#log.length] = kept.length;
    for (const [peer, cursor] of this.#cursors) this.#cursors.set(peer, moved[cursor]!);
    this.#log = kept;
    this.#compactAt = Math.max(MIN_COMPACT, 2 * kept.length);
  }
}
