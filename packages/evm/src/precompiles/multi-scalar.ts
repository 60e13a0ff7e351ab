import type { Group } from "./group.ts";
import { SCALAR } from "./mcl.ts";

/** From 128 points on mcl sorts them into buckets (Pippenger); beyond 256 a point costs no less. */
const BATCH = 256;

/** Multi-scalar multiplication over encoded items, a point followed by a scalar of 32 bytes. */
export class MultiScalar {
  readonly #group: Group;
  readonly #itemSize: number;
  readonly #points: number;
  readonly #scalars: number;
  readonly #part: number;
  readonly #total: number;

  constructor(group: Group) {
    const { mcl } = group.elements;
    this.#group = group;
    this.#itemSize = group.encodedSize + SCALAR;
    this.#points = mcl.allocate(BATCH * group.bytes);
    this.#scalars = mcl.allocate(BATCH * SCALAR);
    this.#part = mcl.allocate(group.bytes);
    this.#total = mcl.allocate(group.bytes);
  }

  /** The encoded sum over the whole input, scalars modulo the order; null when a point is not of the group. */
  sum(input: Uint8Array): Uint8Array | null {
    const group = this.#group;
    const { mcl } = group.elements;
    mcl.bytes.fill(0, this.#total, this.#total + group.bytes);
    let count = 0;
    for (let at = 0; at < input.length; at += this.#itemSize) {
      const point = this.#points + count * group.bytes;
      const scalar = this.#scalars + count * SCALAR;
      if (!group.read(point, input, at) || !group.isInSubgroup(point)) return null;
      group.elements.readAnyScalar(scalar, input, at + group.encodedSize);
      // What adds nothing gives its place to the next item.
      if (group.isInfinity(point) === 0 && mcl.run.mclBnFr_isZero(scalar) === 0) count++;
      if (count === BATCH) {
        this.#add(count);
        count = 0;
      }
    }
    if (count > 0) this.#add(count);
    return group.write(this.#total);
  }

  #add(count: number): void {
    this.#group.sum(this.#part, this.#points, this.#scalars, count);
    this.#group.add(this.#total, this.#total, this.#part);
  }
}
