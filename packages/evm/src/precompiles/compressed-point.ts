import type { Elements } from "./elements.ts";
import { FIELD, G1 } from "./mcl.ts";

/** Bytes of a compressed point of the first group of BLS12-381. */
export const COMPRESSED_SIZE = 48;

const FLAGS = { compressed: 0x80, infinity: 0x40, largerRoot: 0x20 } as const;
const DIGITS_OF_FIRST_BYTE = 0x1f;

/**
 * Reads points of the curve in the compressed form of KZG commitments (EIP-4844, from ZCash): three flags, then x, big
 * endian. mcl has a reader too, which does not look at the last byte of infinity.
 */
export function compressedReader(elements: Elements): (out: number, input: Uint8Array, from: number) => boolean {
  const { mcl } = elements;
  const { run } = mcl;
  const four = mcl.allocate(FIELD);
  run.mclBnFp_setInt32(four, 4);

  /** y of y^2 = x^3 + 4, the larger or smaller one of the two. */
  function solve(y: number, x: number, larger: boolean): boolean {
    run.mclBnFp_sqr(y, x);
    run.mclBnFp_mul(y, y, x);
    run.mclBnFp_add(y, y, four);
    if (run.mclBnFp_squareRoot(y, y) !== 0) return false;
    if ((run.mclBnFp_isNegative(y) !== 0) !== larger) run.mclBnFp_neg(y, y);
    return true;
  }

  return (out, input, from) => {
    const flags = input[from]!;
    if ((flags & FLAGS.compressed) === 0) return false;
    const x = new Uint8Array(elements.size);
    x.set(input.subarray(from, from + COMPRESSED_SIZE), elements.size - COMPRESSED_SIZE);
    x[elements.size - COMPRESSED_SIZE]! &= DIGITS_OF_FIRST_BYTE;
    const larger = (flags & FLAGS.largerRoot) !== 0;
    if ((flags & FLAGS.infinity) !== 0) {
      mcl.bytes.fill(0, out, out + G1);
      return !larger && x.every((byte) => byte === 0);
    }
    run.mclBnFp_setInt32(out + 2 * FIELD, 1);
    return elements.read(out, x, 0) && solve(out + FIELD, out, larger);
  };
}
