import { byzantineQuorum, invariant, majorityQuorum } from "@fb/types";

/** How many of `n` sealers a group survives and how many it needs (types SPEC 10.2). */
export interface Quorum {
  /** Faulty sealers tolerated. */
  readonly faulty: number;
  /** Distinct sealers that decide. */
  readonly needed: number;
}

/** n - f of n, f = floor((n - 1) / 3): any two quorums share a correct sealer. `n` = 0 is a quorum nobody reaches. */
export function byzantine(n: number): Quorum {
  if (n === 0) return { faulty: 0, needed: 1 };
  const needed = byzantineQuorum(n);
  return { faulty: n - needed, needed };
}

/** floor(n / 2) + 1 of n: any two quorums share a sealer. */
export function majority(n: number): Quorum {
  if (n === 0) return { faulty: 0, needed: 1 };
  const needed = majorityQuorum(n);
  return { faulty: n - needed, needed };
}

/** The largest value that at least `k` of `values` reach; `k` in 1..values.length. */
export function reachedBy(values: readonly number[], k: number): number {
  invariant(k >= 1 && k <= values.length, "reachedBy: k out of range", { k, values: values.length });
  return [...values].sort((a, b) => b - a)[k - 1]!;
}
