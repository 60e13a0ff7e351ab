import type { Clock } from "./clock.ts";
import type { CostBudgetsOptions } from "./options.ts";
import { createTokenBucket, type TokenBucket } from "./token-bucket.ts";

/**
 * Prices of work for others, in microseconds of one thread. They say what something costs, not how long it took: a
 * price is charged before the work, so it must not depend on the outcome.
 */
export const PRICES = {
  /** Taking over a message or a request, and refusing it. */
  message: 5,
  /** Reading or copying 1024 bytes. */
  kibibyte: 1,
  /** Hashing 1024 bytes. */
  hashedKibibyte: 3,
  /** Building one object out of bytes. */
  object: 1,
  /** Decoding and hashing one transaction and looking it up, without its signature. */
  transaction: 10,
  /** Recovering or checking one signature. */
  signature: 80,
  /** One read that may reach the disk. */
  diskRead: 100,
} as const;

/** What each party may cost this node. Budgets are kept by identity, so that a new connection is no new budget. */
export interface CostBudgets<Party> {
  /**
   * Charges `micros` before the work. False when the party's budget is used up: then the work must not be done, and
   * the charge stands, because refusing costs as well. A budget may go into debt by one charge.
   */
  charge(party: Party, micros: number): boolean;
  /** Gives back what was charged for work that turned out useful to this node. */
  refund(party: Party, micros: number): void;
  /** Milliseconds until the party may cost something again; 0 = now. */
  waitMs(party: Party): number;
}

export function createCostBudgets<Party>(options: CostBudgetsOptions, clock: Clock): CostBudgets<Party> {
  const capacity = options.burstMs * 1000;
  const perSecond = options.msPerSecond * 1000;
  const maxDebtMs = (capacity * 1000) / perSecond;
  /** In the order of their last charge. */
  const buckets = new Map<Party, TokenBucket>();

  const charged = (party: Party): TokenBucket => {
    const bucket = buckets.get(party) ?? createTokenBucket(capacity, perSecond, clock.monotonic());
    buckets.delete(party);
    buckets.set(party, bucket);
    if (buckets.size > options.maxParties) buckets.delete(buckets.keys().next().value!);
    return bucket;
  };

  return {
    charge(party, micros) {
      const bucket = charged(party);
      const wait = bucket.take(0, clock.monotonic());
      // Who is over the budget pays for being refused, but never sinks deeper than one burst.
      if (wait < maxDebtMs) bucket.take(micros, clock.monotonic());
      return wait === 0;
    },
    refund(party, micros) {
      buckets.get(party)?.give(micros);
    },
    waitMs: (party) => buckets.get(party)?.take(0, clock.monotonic()) ?? 0,
  };
}
