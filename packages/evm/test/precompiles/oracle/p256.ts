import { EMPTY } from "@fb/types";
import { p256 } from "@noble/curves/nist.js";
import { type Precompile, WORD_ONE } from "../../../src/precompiles/precompile.ts";

/** EIP-7951 over @noble/curves: digest, r, s, x, y of 32 bytes each; 1 for a valid signature, nothing otherwise. */
export const p256VerifyPrecompile: Precompile = {
  cost: () => 6900n,
  run(input) {
    if (input.length !== 160) return EMPTY;
    const key = new Uint8Array(65);
    key[0] = 4;
    key.set(input.subarray(96), 1);
    try {
      const valid = p256.verify(input.subarray(32, 96), input.subarray(0, 32), key, { prehash: false, lowS: false });
      return valid ? WORD_ONE : EMPTY;
    } catch {
      return EMPTY;
    }
  },
};
