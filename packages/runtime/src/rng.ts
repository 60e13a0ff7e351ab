/** Randomness that must be replaceable in tests: jitter, peer choice. Never used for keys. */
export interface Rng {
  /** Uniform integer in [0, bound). */
  below(bound: number): number;
}

export const systemRng: Rng = {
  below: (bound) => Math.floor(Math.random() * bound),
};
