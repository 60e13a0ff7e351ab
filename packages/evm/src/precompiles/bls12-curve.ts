import { Elements } from "./elements.ts";
import { pairingGroups } from "./group.ts";
import { lazily, MCL_CURVE, Mcl } from "./mcl.ts";

/** BLS12-381 with the encodings of EIP-2537. */
export const bls12Curve = lazily(() => {
  const mcl = new Mcl(MCL_CURVE.bls12);
  const { run } = mcl;
  const elements = new Elements(mcl, { size: 64, digits: 48 });
  const groups = pairingGroups(elements, {
    imaginaryFirst: false,
    isInG1: (point) => run.mclBnG1_isValidOrder(point) !== 0,
    isInG2: (point) => run.mclBnG2_isValidOrder(point) !== 0,
  });
  return { mcl, run, elements, ...groups };
});
