import type { Group } from "./group.ts";
import { GT, type Mcl } from "./mcl.ts";

/** mcl shares the squarings of so many Miller loops. */
const BATCH = 16;

/** Products of pairings over encoded pairs, a point of the first group followed by one of the second. */
export class PairingProduct {
  readonly #mcl: Mcl;
  readonly #g1: Group;
  readonly #g2: Group;
  readonly #pairSize: number;
  readonly #first: number;
  readonly #second: number;
  readonly #part: number;
  readonly #product: number;

  constructor(g1: Group, g2: Group) {
    this.#mcl = g1.elements.mcl;
    this.#g1 = g1;
    this.#g2 = g2;
    this.#pairSize = g1.encodedSize + g2.encodedSize;
    this.#first = this.#mcl.allocate(BATCH * g1.bytes);
    this.#second = this.#mcl.allocate(BATCH * g2.bytes);
    this.#part = this.#mcl.allocate(GT);
    this.#product = this.#mcl.allocate(GT);
  }

  /** Whether the product over the whole input is one; null when a pair is not of points of the two groups. */
  isOne(input: Uint8Array): boolean | null {
    const { run } = this.#mcl;
    run.mclBnGT_setInt32(this.#product, 1);
    let count = 0;
    for (let at = 0; at < input.length; at += this.#pairSize) {
      const p = this.#first + count * this.#g1.bytes;
      const q = this.#second + count * this.#g2.bytes;
      if (!this.#g1.read(p, input, at) || !this.#g2.read(q, input, at + this.#g1.encodedSize)) return null;
      if (!this.#g1.isInSubgroup(p) || !this.#g2.isInSubgroup(q)) return null;
      // The pairing of infinity is one: the next pair takes the place.
      if (this.#g1.isInfinity(p) === 0 && this.#g2.isInfinity(q) === 0) count++;
      if (count === BATCH) {
        this.#multiply(count);
        count = 0;
      }
    }
    if (count > 0) this.#multiply(count);
    if (run.mclBnGT_isOne(this.#product) !== 0) return true;
    run.mclBn_finalExp(this.#product, this.#product);
    return run.mclBnGT_isOne(this.#product) !== 0;
  }

  #multiply(count: number): void {
    const { run } = this.#mcl;
    run.mclBn_millerLoopVec(this.#part, this.#first, this.#second, count);
    run.mclBnGT_mul(this.#product, this.#product, this.#part);
  }
}
