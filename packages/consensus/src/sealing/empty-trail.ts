import { type BlockHeader, type CryptoSuite, equalBytes, type Hash, txRoot } from "@fb/types";
import type { ChainPort } from "../ports.ts";

/**
 * How many empty blocks follow the newest one with transactions, as far as `enough` (SPEC 4.5). Read from the headers, so
 * that every node counts alike, whoever leads, and a restart goes on where the chain is.
 */
export class EmptyTrail {
  readonly #enough: number;
  readonly #emptyRoot: Hash;
  #length: number;

  constructor(suite: CryptoSuite, enough: number) {
    this.#enough = enough;
    this.#emptyRoot = txRoot(suite, []);
    this.#length = enough;
  }

  /** Reads the trail back from `head`. Without any transaction in sight nothing is missing. */
  async load(chain: Pick<ChainPort, "header">, head: BlockHeader): Promise<void> {
    let length = 0;
    for (let header: BlockHeader | null = head; length < this.#enough; length++) {
      if (header === null || header.number === 0) {
        length = this.#enough;
        break;
      }
      if (!this.#isEmpty(header)) break;
      header = await chain.header(header.number - 1);
    }
    this.#length = length;
  }

  advance(head: BlockHeader): void {
    this.#length = this.#isEmpty(head) ? Math.min(this.#length + 1, this.#enough) : 0;
  }

  get isComplete(): boolean {
    return this.#length >= this.#enough;
  }

  #isEmpty(header: BlockHeader): boolean {
    return equalBytes(header.txRoot, this.#emptyRoot);
  }
}
