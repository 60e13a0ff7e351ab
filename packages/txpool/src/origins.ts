import type { Hex } from "@fb/types";
import type { PooledTransaction } from "./pooled-transaction.ts";

/** A client of this node. Every other origin is a name for who brought a transaction here. */
export const CLIENT = "client";

/** How much waits of one origin. */
export interface Held {
  readonly count: number;
  /** Of these behind a missing nonce. */
  readonly queued: number;
  /** Raw bytes of all. */
  readonly bytes: number;
}

interface Holding {
  count: number;
  bytes: number;
  /** What can be sealed, in the order in which it became so. */
  readonly ready: Map<Hex, PooledTransaction>;
}

/** The waiting transactions by origin: who takes how much room, and whose turn it is in a block. */
export class Origins {
  readonly #held = new Map<string, Holding>();
  #ready = 0;

  /** Transactions that can be sealed, of all origins. */
  get ready(): number {
    return this.#ready;
  }

  held(origin: string): Held {
    const holding = this.#held.get(origin);
    if (holding === undefined) return { count: 0, queued: 0, bytes: 0 };
    const { count, bytes, ready } = holding;
    return { count, queued: count - ready.size, bytes };
  }

  /** Those of each origin that can be sealed, the origin first that has had something here for longest. */
  *lanes(): Iterable<Iterator<PooledTransaction>> {
    for (const { ready } of this.#held.values()) if (ready.size > 0) yield ready.values();
  }

  add(entry: PooledTransaction): void {
    let holding = this.#held.get(entry.origin);
    if (holding === undefined) this.#held.set(entry.origin, (holding = { count: 0, bytes: 0, ready: new Map() }));
    holding.count++;
    holding.bytes += entry.bytes;
  }

  /** True when it could have been sealed. */
  remove(entry: PooledTransaction): boolean {
    const wasReady = this.makeQueued(entry);
    const holding = this.#held.get(entry.origin)!;
    holding.count--;
    holding.bytes -= entry.bytes;
    if (holding.count === 0) this.#held.delete(entry.origin);
    return wasReady;
  }

  makeReady(entry: PooledTransaction): void {
    this.#held.get(entry.origin)!.ready.set(entry.hash, entry);
    this.#ready++;
  }

  /** True when it could have been sealed. */
  makeQueued(entry: PooledTransaction): boolean {
    const wasReady = this.#held.get(entry.origin)!.ready.delete(entry.hash);
    if (wasReady) this.#ready--;
    return wasReady;
  }

  /**
   * `origin` brings a transaction that waits already. It counts for that one of those who brought it who has fewer, so
   * that being faster is no way to keep those of others behind one's own; what a client brings is this node's.
   */
  bring(entry: PooledTransaction, origin: string): void {
    if (origin === entry.origin || entry.origin === CLIENT) return;
    if (origin !== CLIENT && this.held(origin).count >= this.held(entry.origin).count) return;
    const wasReady = this.remove(entry);
    entry.origin = origin;
    this.add(entry);
    if (wasReady) this.makeReady(entry);
  }
}
