import type { Clock } from "./clock.ts";

/** Lets something about each party through once in a while. */
export interface Throttle<Party> {
  /** True at most once in `everyMs` for each party. */
  passes(party: Party): boolean;
}

/**
 * @param everyMs at least so long between two of one party, in milliseconds.
 * @param maxParties remembered at most; one more forgets who passed least recently.
 */
export function createThrottle<Party>(everyMs: number, maxParties: number, clock: Clock): Throttle<Party> {
  /** In the order of their passing. */
  const passedAt = new Map<Party, number>();
  return {
    passes(party) {
      const now = clock.monotonic();
      const last = passedAt.get(party);
      if (last !== undefined && now - last < everyMs) return false;
      passedAt.delete(party);
      passedAt.set(party, now);
      if (passedAt.size > maxParties) passedAt.delete(passedAt.keys().next().value!);
      return true;
    },
  };
}
