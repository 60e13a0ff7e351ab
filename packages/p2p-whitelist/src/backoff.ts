import type { Rng } from "@fb/runtime";

/** Growing pauses with jitter, so that many nodes do not retry in step. */
export interface Backoff {
  /** The next pause in ms: `base * 2^n` up to `max`, shortened at random by up to a half. */
  next(): number;
  reset(): void;
}

export function createBackoff(baseMs: number, maxMs: number, rng: Rng): Backoff {
  let step = 0;
  return {
    next() {
      const full = Math.min(maxMs, baseMs * 2 ** step);
      if (full < maxMs) step++;
      return full - rng.below(Math.floor(full / 2) + 1);
    },
    reset() {
      step = 0;
    },
  };
}
