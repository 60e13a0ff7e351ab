import type { Hex, SignedTransaction } from "@fb/types";

/** A waiting transaction with what the pool computed about it once. */
export interface Entry {
  readonly signed: SignedTransaction;
  /** Map keys. */
  readonly hash: Hex;
  readonly sender: Hex;
  /** Replay key of a group transaction; null for Ethereum transactions. */
  readonly replayKey: Hex | null;
  /** Account nonce of an Ethereum transaction, -1 for group transactions. */
  readonly nonce: number;
  /** First height at which a group transaction is dead; Infinity for Ethereum transactions. */
  readonly blockLimit: number;
  readonly bytes: number;
  /** Most the sender may have to pay; 0 where gas is not charged. */
  readonly cost: bigint;
  /** Milliseconds since the epoch. */
  readonly arrivedAt: number;
}

/**
 * A sender's Ethereum transactions by nonce, plus a count of its group transactions. Nonces from `next` up to
 * `readyEnd` are all here and can be sealed; later ones wait for the gap to close.
 */
export class SenderQueue {
  readonly key: Hex;
  readonly byNonce = new Map<number, Entry>();
  /** The account's nonce at the head; -1 while only group transactions came, which do not ask for it. */
  next = -1;
  /** First nonce that cannot be sealed yet; -1 with `next`. */
  readyEnd = -1;
  groupCount = 0;
  cost = 0n;

  constructor(key: Hex) {
    this.key = key;
  }

  get size(): number {
    return this.byNonce.size + this.groupCount;
  }
}
