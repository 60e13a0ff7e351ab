import { bigTo32, bytesToBig, type CryptoSuite, EMPTY } from "@fb/types";
import { type Precompile, padded } from "./precompile.ts";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** Input: digest, v (27 or 28), r, s, 32 bytes each. Empty output where nothing is recovered. */
export function ecrecoverPrecompile(suite: Pick<CryptoSuite, "hash" | "recover">): Precompile {
  return {
    cost: () => 3000n,
    run(input) {
      const data = padded(input, 0, 128);
      const v = bytesToBig(data.subarray(32, 64));
      if (v !== 27n && v !== 28n) return EMPTY;
      const r = bytesToBig(data.subarray(64, 96));
      const s = bytesToBig(data.subarray(96, 128));
      if (r === 0n || r >= ORDER || s === 0n || s >= ORDER) return EMPTY;
      const signature = new Uint8Array(65);
      signature.set(data.subarray(64, 96));
      // Suites take the low form of s; (r, n - s) with the other parity has the same signer.
      const high = s > ORDER / 2n;
      signature.set(high ? bigTo32(ORDER - s) : data.subarray(96, 128), 32);
      signature[64] = Number(v - 27n) ^ (high ? 1 : 0);
      const key = suite.recover(data.slice(0, 32), signature);
      if (key === null) return EMPTY;
      const out = suite.hash(key);
      out.fill(0, 0, 12);
      return out;
    },
  };
}
