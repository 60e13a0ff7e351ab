import { type Elements, isZero } from "./elements.ts";
import { FIELD, G1, G2, type MclExports } from "./mcl.ts";

/** Whether a point of the curve is in the group. */
export type SubgroupTest = (point: number) => boolean;

interface GroupOptions {
  /** Bytes of a point in mcl's memory. */
  readonly bytes: number;
  /** Where the field elements of an encoded point go, in their order; the rest of a point is its denominator. */
  readonly slots: readonly number[];
  readonly isOnCurve: (point: number) => number;
  readonly isInfinity: (point: number) => number;
  readonly normalize: MclExports["mclBnG1_normalize"];
  readonly add: MclExports["mclBnG1_add"];
  readonly sum: MclExports["mclBnG1_mulVec"];
  readonly isInSubgroup: SubgroupTest;
}

/** A group of points of a curve: points between their encodings and mcl's memory. */
export class Group {
  /** Bytes of a point in mcl's memory. */
  readonly bytes: number;
  /** Bytes of an encoded point. */
  readonly encodedSize: number;
  readonly elements: Elements;
  readonly isInfinity: GroupOptions["isInfinity"];
  readonly isInSubgroup: GroupOptions["isInSubgroup"];
  readonly add: GroupOptions["add"];
  readonly sum: GroupOptions["sum"];
  readonly #isOnCurve: GroupOptions["isOnCurve"];
  readonly #normalize: GroupOptions["normalize"];
  readonly #slots: readonly number[];
  readonly #denominator: number;
  readonly #one: number;

  constructor(elements: Elements, options: GroupOptions) {
    this.elements = elements;
    this.bytes = options.bytes;
    this.encodedSize = options.slots.length * elements.size;
    this.isInfinity = options.isInfinity;
    this.isInSubgroup = options.isInSubgroup;
    this.add = options.add;
    this.sum = options.sum;
    this.#isOnCurve = options.isOnCurve;
    this.#normalize = options.normalize;
    this.#slots = options.slots;
    this.#denominator = options.slots.length * FIELD;
    this.#one = elements.mcl.allocate(FIELD);
    elements.mcl.run.mclBnFp_setInt32(this.#one, 1);
  }

  /** Reads a point; all zeros are infinity. False when a coordinate is outside the field or the point off the curve. */
  read(out: number, input: Uint8Array, from: number): boolean {
    const { mcl } = this.elements;
    mcl.bytes.fill(0, out, out + this.bytes);
    if (isZero(input, from, from + this.encodedSize)) return true;
    for (let i = 0; i < this.#slots.length; i++) {
      if (!this.elements.read(out + this.#slots[i]!, input, from + i * this.elements.size)) return false;
    }
    mcl.bytes.copyWithin(out + this.#denominator, this.#one, this.#one + FIELD);
    return this.#isOnCurve(out) !== 0;
  }

  /** The encoding of a point, which gets normalised. */
  write(point: number): Uint8Array {
    const output = new Uint8Array(this.encodedSize);
    if (this.isInfinity(point) !== 0) return output;
    this.#normalize(point, point);
    this.#slots.forEach((slot, i) => {
      this.elements.write(output, i * this.elements.size, point + slot);
    });
    return output;
  }
}

/** The group over the prime field. */
export function firstGroup(elements: Elements, isInSubgroup: SubgroupTest): Group {
  const { run } = elements.mcl;
  return new Group(elements, {
    bytes: G1,
    slots: [0, FIELD],
    isOnCurve: run.mclBnG1_isValid,
    isInfinity: run.mclBnG1_isZero,
    normalize: run.mclBnG1_normalize,
    add: run.mclBnG1_add,
    sum: run.mclBnG1_mulVec,
    isInSubgroup,
  });
}

export interface GroupsOptions {
  /** Whether the encoding of an element of the quadratic extension starts with its imaginary part. */
  readonly imaginaryFirst: boolean;
  readonly isInG1: SubgroupTest;
  readonly isInG2: SubgroupTest;
}

/** The two groups of mcl's curve. */
export function pairingGroups(
  elements: Elements,
  { imaginaryFirst, isInG1, isInG2 }: GroupsOptions,
): { readonly g1: Group; readonly g2: Group } {
  const { run } = elements.mcl;
  const g1 = firstGroup(elements, isInG1);
  const g2 = new Group(elements, {
    bytes: G2,
    slots: imaginaryFirst ? [FIELD, 0, 3 * FIELD, 2 * FIELD] : [0, FIELD, 2 * FIELD, 3 * FIELD],
    isOnCurve: run.mclBnG2_isValid,
    isInfinity: run.mclBnG2_isZero,
    normalize: run.mclBnG2_normalize,
    add: run.mclBnG2_add,
    sum: run.mclBnG2_mulVec,
    isInSubgroup: isInG2,
  });
  return { g1, g2 };
}
