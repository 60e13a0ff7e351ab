import type { Hex } from "@fb/types";
import type { Placed } from "./block-walk.ts";

/** Recovered transactions of recent proposals, so that judging a block again costs no signature. Bounded in bytes. */
export class JudgedCache {
  readonly #txs = new Map<Hex, Placed>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(hash: Hex): Placed | undefined {
    return this.#txs.get(hash);
  }

  add(hash: Hex, placed: Placed): void {
    if (this.#txs.has(hash)) return;
    this.#txs.set(hash, placed);
    this.#bytes += placed.signed.tx.raw.length;
    for (const oldest of this.#txs.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.delete(oldest);
    }
  }

  delete(hash: Hex): void {
    const placed = this.#txs.get(hash);
    if (placed === undefined) return;
    this.#txs.delete(hash);
    this.#bytes -= placed.signed.tx.raw.length;
  }
}
