import { bigTo32, bytesToBig, concatBytes, equalBytes, fromHex } from "@fb/types";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Precompile } from "../../../src/precompiles/precompile.ts";

const { G1, G2 } = bls12_381;
const { Fp12, Fr } = bls12_381.fields;
const VERSIONED_HASH_VERSION = 1;
/** [tau]G2 of Ethereum's ceremony: all that a verifier needs of the trusted setup. */
const TAU_G2 =
  "b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72" +
  "185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2";
/** Field elements per blob and the modulus of their field. */
const ANSWER = concatBytes(bigTo32(4096n), bigTo32(Fr.ORDER));

type PointG1 = InstanceType<typeof G1.Point>;

/** Point evaluation (EIP-4844): versioned hash, z, y (32 bytes each), commitment, proof (48 bytes each). */
export const kzgPrecompile: Precompile = {
  cost: () => 50_000n,
  run(input) {
    if (input.length !== 192) return null;
    const commitmentBytes = input.subarray(96, 144);
    const hash = sha256(commitmentBytes);
    hash[0] = VERSIONED_HASH_VERSION;
    if (!equalBytes(hash, input.subarray(0, 32))) return null;
    const z = bytesToBig(input.subarray(32, 64));
    const y = bytesToBig(input.subarray(64, 96));
    if (z >= Fr.ORDER || y >= Fr.ORDER) return null;
    const commitment = decode(commitmentBytes);
    const proof = decode(input.subarray(144, 192));
    if (commitment === null || proof === null) return null;
    return proves(commitment, proof, z, y) ? ANSWER : null;
  },
};

/** e(C - yG1, -G2) * e(proof, [tau]G2 - zG2) = 1. */
function proves(commitment: PointG1, proof: PointG1, z: bigint, y: bigint): boolean {
  const left = y === 0n ? commitment : commitment.subtract(G1.Point.BASE.multiplyUnsafe(y));
  const tau = G2.Point.fromBytes(fromHex(TAU_G2)!);
  const right = z === 0n ? tau : tau.subtract(G2.Point.BASE.multiplyUnsafe(z));
  const pairs = [
    { g1: left, g2: G2.Point.BASE.negate() },
    { g1: proof, g2: right },
  ].filter(({ g1, g2 }) => !g1.is0() && !g2.is0());
  return pairs.length === 0 || Fp12.eql(bls12_381.pairingBatch(pairs), Fp12.ONE);
}

/** A compressed point of the subgroup, or null. */
function decode(bytes: Uint8Array): PointG1 | null {
  try {
    const point = G1.Point.fromBytes(bytes);
    if (!point.is0()) point.assertValidity();
    return point;
  } catch {
    return null;
  }
}
