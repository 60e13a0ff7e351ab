import { createSeededRng } from "./seeded-rng.ts";

/** Choices that are the same for one seed. */
export interface Choice {
  /** 0 to n - 1. */
  below(n: number): number;
  /** True once in n times. */
  once(n: number): boolean;
  of<T>(items: readonly T[]): T;
  bytes(length: number): Uint8Array;
}

export function choices(seed: number): Choice {
  const rng = createSeededRng(seed);
  const below = (n: number) => rng.below(n);
  return {
    below,
    once: (n) => below(n) === 0,
    of: (items) => items[below(items.length)]!,
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
  };
}
