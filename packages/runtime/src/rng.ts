import { randomInt } from "node:crypto";

/** Randomness that must be replaceable in tests: jitter, peer choice, ids. Never used for keys. */
export interface Rng {
  /** Uniform integer in [0, bound); `bound` is at most 2^48 - 1. */
  below(bound: number): number;
}

/** Fast, and predictable for whoever sees enough of it. */
export const systemRng: Rng = {
  below: (bound) => Math.floor(Math.random() * bound),
};

/** Nobody can guess the next number from earlier ones. */
export const secureRng: Rng = {
  below: (bound) => randomInt(bound),
};
