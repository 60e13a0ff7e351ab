import { ripemd160 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { type Precompile, wordsOf } from "./precompile.ts";

export const sha256Precompile: Precompile = {
  cost: (input) => 60n + 12n * wordsOf(input),
  run: (input) => sha256(input),
};

export const ripemd160Precompile: Precompile = {
  cost: (input) => 600n + 120n * wordsOf(input),
  run(input) {
    const out = new Uint8Array(32);
    out.set(ripemd160(input), 12);
    return out;
  },
};
