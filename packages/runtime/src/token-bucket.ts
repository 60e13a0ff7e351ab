/** A budget that refills with time and may go into debt by one consumption. */
export interface TokenBucket {
  /** Takes tokens; returns how many ms to wait until the budget is positive again, 0 when it still is. */
  take(tokens: number, nowMs: number): number;
  /** Puts tokens back, up to the capacity. */
  give(tokens: number): void;
}

/**
 * @param capacity tokens at most, and at the start.
 * @param perSecond tokens that come back each second.
 */
export function createTokenBucket(capacity: number, perSecond: number, nowMs: number): TokenBucket {
  let level = capacity;
  let last = nowMs;
  return {
    take(tokens, now) {
      level = Math.min(capacity, level + ((now - last) * perSecond) / 1000);
      last = now;
      level -= tokens;
      return level > 0 ? 0 : Math.ceil((-level * 1000) / perSecond) + 1;
    },
    give(tokens) {
      level = Math.min(capacity, level + tokens);
    },
  };
}
