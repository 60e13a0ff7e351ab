import type { Hex } from "@fb/types";

/** Hashes remembered at least. */
const GENERATION = 32_768;

/**
 * Hashes of the transactions committed last, so that bytes that come once more cost neither a signature nor an account:
 * two generations, of which the older is forgotten whole.
 */
export class CommittedHashes {
  #young = new Set<Hex>();
  #old = new Set<Hex>();

  has(hash: Hex): boolean {
    return this.#young.has(hash) || this.#old.has(hash);
  }

  add(hash: Hex): void {
    this.#young.add(hash);
    if (this.#young.size < GENERATION) return;
    this.#old = this.#young;
    this.#young = new Set();
  }
}
