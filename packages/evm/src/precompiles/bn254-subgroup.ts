import { fromHex } from "@fb/types";
import type { Elements } from "./elements.ts";
import type { SubgroupTest } from "./group.ts";
import { FIELD, G2 } from "./mcl.ts";

/** The number x that the curve is made from; modulus and order are polynomials in it. */
export const BN254_X = 4_965_661_367_192_848_881n;
/** (9 + i)^((p - 1) / 3) and (9 + i)^((p - 1) / 2), real part first. */
const TWIST = fromHex(
  "2fb347984f7911f74c0bec3cf559b143b78cc310c2c3330c99e39557176f553d" +
    "16c9e55061ebae204ba4cc8bd75a079432ae2a1d0b7c9dce1665d51c640fcba2" +
    "063cf305489af5dcdc5ec698b6e2f9b9dbaae0eda9c95998dc54014671a0135a" +
    "07c03cbcac41049a0704b5a7ec796f2b21807dc98fa25bd282d37f632623b0e3",
)!;
const DIGITS = [...BN254_X.toString(2)].slice(1);

/**
 * The test for the second group of bn254: [x + 1]Q + psi([x]Q) + psi^2([x]Q) = psi^3([2x]Q), with psi the Frobenius
 * endomorphism of the twist (El Housni, Guillevic, Piellard, "Co-factor clearing and subgroup membership testing on
 * pairing-friendly curves", 2022). It costs one multiplication by 63 bits where mcl's test takes 254. Why it refuses
 * every other point of the curve: psi^2 - t psi + p = 0, so the difference of the sides, as an element of Z[psi], has a
 * norm that sends Q to infinity, and this norm shares no factor but the order r with the number of points.
 */
export function bn254SubgroupTest(elements: Elements): SubgroupTest {
  const { mcl } = elements;
  const { run } = mcl;
  const [forX, forY] = [mcl.allocate(2 * FIELD), mcl.allocate(2 * FIELD)];
  [forX, forX + FIELD, forY, forY + FIELD].forEach((slot, i) => {
    elements.read(slot, TWIST, i * elements.size);
  });
  const [left, right] = [mcl.allocate(G2), mcl.allocate(G2)];

  /** Conjugates the three coordinates and brings x and y back onto the curve. */
  function psi(point: number): void {
    for (let coordinate = 0; coordinate < 3; coordinate++) {
      const imaginary = point + (2 * coordinate + 1) * FIELD;
      run.mclBnFp_neg(imaginary, imaginary);
    }
    run.mclBnFp2_mul(point, point, forX);
    run.mclBnFp2_mul(point + 2 * FIELD, point + 2 * FIELD, forY);
  }

  return (point) => {
    mcl.bytes.copyWithin(right, point, point + G2);
    for (const digit of DIGITS) {
      run.mclBnG2_dbl(right, right);
      if (digit === "1") run.mclBnG2_add(right, right, point);
    }
    run.mclBnG2_add(left, right, point);
    psi(right);
    run.mclBnG2_add(left, left, right);
    psi(right);
    run.mclBnG2_add(left, left, right);
    psi(right);
    run.mclBnG2_dbl(right, right);
    return run.mclBnG2_isEqual(left, right) !== 0;
  };
}
