import type { Hex } from "@fb/types";

/** Hashes remembered at least, twice as many at most. */
const GENERATION = 32_768;

/**
 * What is known of the transactions seen last, by their hash, so that bytes that come once more cost little: two
 * generations, of which the older is forgotten whole.
 */
export class RecentHashes<T> {
  #young = new Map<Hex, T>();
  #old = new Map<Hex, T>();

  has(hash: Hex): boolean {
    return this.#young.has(hash) || this.#old.has(hash);
  }

  get(hash: Hex): T | undefined {
    return this.#young.get(hash) ?? this.#old.get(hash);
  }

  add(hash: Hex, known: T): void {
    this.#young.set(hash, known);
    if (this.#young.size < GENERATION) return;
    this.#old = this.#young;
    this.#young = new Map();
  }
}
