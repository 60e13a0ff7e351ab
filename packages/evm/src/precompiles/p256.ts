import { EMPTY } from "@fb/types";
import { Elements } from "./elements.ts";
import { firstGroup } from "./group.ts";
import { G1, lazily, MCL_CURVE, Mcl, SCALAR } from "./mcl.ts";
import { type Precompile, WORD_ONE } from "./precompile.ts";

const INPUT_BYTES = 160;

const curve = lazily(() => {
  const mcl = new Mcl(MCL_CURVE.p256);
  const elements = new Elements(mcl, { size: 32, digits: 32 });
  const scalar = () => mcl.allocate(SCALAR);
  const points = mcl.allocate(2 * G1);
  mcl.run.mclBnG1_getBasePoint(points);
  return {
    run: mcl.run,
    elements,
    // Every point of this curve is in the group.
    group: firstGroup(elements, () => true),
    /** The generator, then the key. */
    points,
    key: points + G1,
    /** What they are multiplied by. */
    scalars: mcl.allocate(2 * SCALAR),
    sum: mcl.allocate(G1),
    r: scalar(),
    s: scalar(),
    x: scalar(),
  };
});

/**
 * Whether (r, s) signs the digest with the key (x, y), 32 bytes each in this order (FIPS 186-5, 6.4.2). Any s below the
 * order is taken, also one above half of it.
 */
function verifies(input: Uint8Array): boolean {
  const { run, elements, group, points, key, scalars, sum, r, s, x } = curve();
  if (!elements.readScalar(r, input, 32) || run.mclBnFr_isZero(r) !== 0) return false;
  if (!elements.readScalar(s, input, 64) || run.mclBnFr_isZero(s) !== 0) return false;
  if (!group.read(key, input, 96) || group.isInfinity(key) !== 0) return false;
  elements.readAnyScalar(scalars, input, 0);
  run.mclBnFr_inv(s, s);
  run.mclBnFr_mul(scalars, scalars, s);
  run.mclBnFr_mul(scalars + SCALAR, r, s);
  group.sum(sum, points, scalars, 2);
  if (group.isInfinity(sum) !== 0) return false;
  elements.readAnyScalar(x, group.write(sum), 0);
  return run.mclBnFr_isEqual(x, r) !== 0;
}

/** EIP-7951. Input: digest, r, s, x, y; answers 1 for a valid signature and nothing otherwise, also on bad input. */
export const p256VerifyPrecompile: Precompile = {
  cost: () => 6900n,
  run: (input) => (input.length === INPUT_BYTES && verifies(input) ? WORD_ONE : EMPTY),
};
