import type { Clock } from "@fb/runtime";
import type { GroupChannel, Hash, NodeId } from "@fb/types";
import type { SyncMetrics } from "../metrics.ts";
import type { SyncOptions } from "../options.ts";
import type { AcceptedTransactions, SyncPool } from "../ports.ts";
import { MAX_SENT_TXS, wire } from "../wire.ts";

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

/** How far a member was sent the log. */
interface Cursor {
  at: number;
  /** When it was sent the log from the beginning, in monotonic milliseconds. */
  begunAt: number;
  isUp: boolean;
}

/**
 * Sends the transactions of this node's clients to every member once: a log of their hashes with a cursor for each
 * member. A slow member's cursor stays behind and holds up nobody; one that comes back starts at the beginning and gets
 * what still waits, but not every time when it comes and goes. What members refused or lost is left to {@link TxRelay}.
 */
export class TxBroadcast {
  readonly #options: SyncOptions;
  readonly #deps: TxBroadcastDeps;
  #log: Hash[] = [];
  readonly #cursors = new Map<NodeId, Cursor>();
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
    const now = this.#deps.clock.monotonic();
    const cursor = this.#cursors.get(peer);
    const isAnew = cursor === undefined || now - cursor.begunAt >= this.#options.announceMs;
    this.#cursors.set(peer, isAnew ? { at: 0, begunAt: now, isUp: true } : { ...cursor, isUp: true });
    this.#schedule(this.#options.txBatchMs);
  }

  gone(peer: NodeId): void {
    const cursor = this.#cursors.get(peer);
    if (cursor !== undefined) cursor.isUp = false;
  }

  /** Forgets who is away for long. */
  beat(): void {
    const before = this.#deps.clock.monotonic() - this.#options.announceMs;
    for (const [peer, { isUp, begunAt }] of this.#cursors) {
      if (!isUp && begunAt <= before) this.#cursors.delete(peer);
    }
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
    for (const [peer, cursor] of this.#cursors) {
      if (cursor.isUp && !this.#flushTo(peer, cursor, chunks)) isBlocked = true;
    }
    if (isBlocked) this.#schedule(this.#options.txBatchMs * RETRY_FACTOR);
  }

  /** False when the peer takes no more now. */
  #flushTo(peer: NodeId, cursor: Cursor, chunks: Map<number, Chunk>): boolean {
    while (cursor.at < this.#log.length) {
      let chunk = chunks.get(cursor.at);
      if (chunk === undefined) chunks.set(cursor.at, (chunk = this.#chunk(cursor.at)));
      if (chunk.payload !== null) {
        if (this.#deps.channel.send(peer, "txs", chunk.payload) === "dropped") return false;
        this.#deps.metrics.txsSent.inc({}, chunk.txs);
      }
      cursor.at = chunk.next;
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
    for (const cursor of this.#cursors.values()) cursor.at = moved[cursor.at]!;
    this.#log = kept;
    this.#compactAt = Math.max(MIN_COMPACT, 2 * kept.length);
  }
}
