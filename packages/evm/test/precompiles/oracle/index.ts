import { blsPrecompiles as fastBls } from "../../../src/precompiles/bls12.ts";
import * as fastBn from "../../../src/precompiles/bn254.ts";
import { kzgPrecompile as fastKzg } from "../../../src/precompiles/kzg.ts";
import { p256VerifyPrecompile as fastP256 } from "../../../src/precompiles/p256.ts";
import type { Precompile } from "../../../src/precompiles/precompile.ts";
import { blsPrecompiles as nobleBls } from "./bls12.ts";
import * as nobleBn from "./bn254.ts";
import { kzgPrecompile as nobleKzg } from "./kzg.ts";
import { p256VerifyPrecompile as nobleP256 } from "./p256.ts";

/** A precompile in use and the same over @noble/curves. */
export interface CurvePrecompile {
  readonly name: string;
  readonly fast: Precompile;
  readonly noble: Precompile;
}

const BLS_NAMES = ["G1 add", "G1 msm", "G2 add", "G2 msm", "pairing", "map to G1", "map to G2"];

/** By the number in the address. */
export const CURVE_PRECOMPILES: ReadonlyMap<number, CurvePrecompile> = new Map([
  [0x06, { name: "bn254 add", fast: fastBn.bn254AddPrecompile, noble: nobleBn.bn254AddPrecompile }],
  [0x07, { name: "bn254 mul", fast: fastBn.bn254MulPrecompile, noble: nobleBn.bn254MulPrecompile }],
  [0x08, { name: "bn254 pairing", fast: fastBn.bn254PairingPrecompile, noble: nobleBn.bn254PairingPrecompile }],
  [0x0a, { name: "kzg point evaluation", fast: fastKzg, noble: nobleKzg }],
  [0x100, { name: "p256 verify", fast: fastP256, noble: nobleP256 }],
  ...BLS_NAMES.map((name, i): [number, CurvePrecompile] => [
    0x0b + i,
    { name: `bls12-381 ${name}`, fast: fastBls[i]!, noble: nobleBls[i]! },
  ]),
]);
