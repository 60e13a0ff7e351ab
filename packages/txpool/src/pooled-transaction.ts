import type { Hex, SignedTransaction } from "@fb/types";
import type { ReplayKey } from "./replay-key.ts";

/** A waiting transaction with what the pool computed about it once. */
export interface PooledTransaction {
  readonly signed: SignedTransaction;
  /** Map keys. */
  readonly hash: Hex;
  readonly sender: Hex;
  /** Of a group transaction; null for Ethereum transactions. */
  readonly replayKey: ReplayKey | null;
  /** Account nonce of an Ethereum transaction, -1 for group transactions. */
  readonly nonce: number;
  /** First height at which a group transaction is dead; Infinity for Ethereum transactions. */
  readonly blockLimit: number;
  readonly bytes: number;
  /** Most the sender may have to pay; 0 where gas is not charged. */
  readonly cost: bigint;
  /** Hashes of those it took the place of, which do not come back while it waits. */
  readonly replaced: readonly Hex[];
  /** Milliseconds since the epoch. */
  readonly arrivedAt: number;
  /** Who brought it; changed by {@link Origins} alone. */
  origin: string;
}

/**
 * A sender's Ethereum transactions by nonce, plus a count of its group transactions. Nonces from `next` up to
 * `readyEnd` are all here and can be sealed; later ones are queued until the gap closes.
 */
export class SenderQueue {
  readonly key: Hex;
  readonly byNonce: ReadonlyMap<number, PooledTransaction>;
  /** The account's nonce at the head; -1 while only group transactions came, which do not ask for it. */
  next = -1;
  /** First nonce that cannot be sealed yet; -1 with `next`. */
  readyEnd = -1;
  groupCount = 0;
  cost = 0n;
  readonly #byNonce = new Map<number, PooledTransaction>();
  /** No nonce above this one is here. */
  #top = -1;

  constructor(key: Hex) {
    this.key = key;
    this.byNonce = this.#byNonce;
  }

  get size(): number {
    return this.#byNonce.size + this.groupCount;
  }

  get queuedCount(): number {
    return this.#byNonce.size - (this.readyEnd - this.next);
  }

  set(entry: PooledTransaction): void {
    this.#byNonce.set(entry.nonce, entry);
    if (entry.nonce > this.#top) this.#top = entry.nonce;
  }

  delete(entry: PooledTransaction): void {
    this.#byNonce.delete(entry.nonce);
  }

  /** Queued transactions, the farthest nonce first. */
  *queuedFromTop(): Generator<PooledTransaction, undefined> {
    while (this.#top >= this.readyEnd && !this.#byNonce.has(this.#top)) this.#top--;
    for (let nonce = this.#top; nonce >= this.readyEnd; nonce--) {
      const entry = this.#byNonce.get(nonce);
      if (entry !== undefined) yield entry;
    }
  }
}
