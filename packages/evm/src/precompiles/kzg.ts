import { bigTo32, concatBytes, equalBytes, fromHex } from "@fb/types";
import { sha256 } from "@noble/hashes/sha2.js";
import { bls12Curve } from "./bls12-curve.ts";
import { COMPRESSED_SIZE, compressedReader } from "./compressed-point.ts";
import { G1, GT, lazily, SCALAR } from "./mcl.ts";
import type { Precompile } from "./precompile.ts";

const VERSIONED_HASH_VERSION = 1;
const FIELD_ELEMENTS_PER_BLOB = 4096n;
const ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;
const ANSWER = concatBytes(bigTo32(FIELD_ELEMENTS_PER_BLOB), bigTo32(ORDER));

const GENERATOR_G1 = encoded(
  "17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb",
  "08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1",
);
const NEGATIVE_GENERATOR_G2 = encoded(
  "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8",
  "13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e",
  "0d1b3cc2c7027888be51d9ef691d77bcb679afda66c73f17f9ee3837a55024f78c71363275a75d75d86bab79f74782aa",
  "13fa4d4a0ad8b1ce186ed5061789213d993923066dddaf1040bc3ff59f825c78df74f2d75467e25e0f55f8a00fa030ed",
);
/** [tau]G2 of Ethereum's ceremony: all that a verifier needs of the trusted setup. */
const TAU_G2 = encoded(
  "185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2",
  "15bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72",
  "014353bdb96b626dd7d5ee8599d1fca2131569490e28de18e82451a496a9c9794ce26d105941f383ee689bfbbb832a99",
  "1666c54b0a32529503432fcae0181b4bef79de09fc63671fda5ed1ba9bfa07899495346f3d7ac9cd23048ef30d0a154f",
);

const verifier = lazily(() => {
  const { mcl, run, elements, g1, g2 } = bls12Curve();
  const points = mcl.allocate(2 * G1);
  g1.read(points, GENERATOR_G1, 0);
  const lines = [NEGATIVE_GENERATOR_G2, TAU_G2].map((encodedPoint) => {
    const point = mcl.allocate(g2.bytes);
    g2.read(point, encodedPoint, 0);
    const out = mcl.allocate(8 * run.mclBn_getUint64NumToPrecompute());
    run.mclBn_precomputeG2(out, point);
    return out;
  });
  const scalars = mcl.allocate(2 * SCALAR);
  return {
    run,
    elements,
    g1,
    read: compressedReader(elements),
    /** The generator; beside it the proof. */
    points,
    proof: points + G1,
    /** y and z. */
    scalars,
    commitment: mcl.allocate(G1),
    sum: mcl.allocate(G1),
    product: mcl.allocate(GT),
    linesOfGenerator: lines[0]!,
    linesOfTau: lines[1]!,
  };
});

/** Point evaluation (EIP-4844): versioned hash, z, y (32 bytes each), commitment, proof (48 bytes each). */
export const kzgPrecompile: Precompile = {
  cost: () => 50_000n,
  run(input) {
    if (input.length !== 192) return null;
    const hash = sha256(input.subarray(96, 144));
    hash[0] = VERSIONED_HASH_VERSION;
    if (!equalBytes(hash, input.subarray(0, 32))) return null;
    return proves(input) ? ANSWER : null;
  },
};

/**
 * e(C - yG1, -G2) e(proof, [tau - z]G2) = 1, written as e(C - yG1 + z proof, -G2) e(proof, [tau]G2) = 1: both points of
 * the second group are fixed, so their lines are known.
 */
function proves(input: Uint8Array): boolean {
  const v = verifier();
  const { run, g1, elements, commitment, proof, scalars, sum, product } = v;
  if (!elements.readScalar(scalars + SCALAR, input, 32) || !elements.readScalar(scalars, input, 64)) return false;
  if (!v.read(commitment, input, 96) || !g1.isInSubgroup(commitment)) return false;
  if (!v.read(proof, input, 96 + COMPRESSED_SIZE) || !g1.isInSubgroup(proof)) return false;
  run.mclBnFr_neg(scalars, scalars);
  g1.sum(sum, v.points, scalars, 2);
  g1.add(sum, sum, commitment);
  // The pairing of infinity is one, that of any other two points is not.
  const [noSum, noProof] = [g1.isInfinity(sum) !== 0, g1.isInfinity(proof) !== 0];
  if (noSum || noProof) return noSum && noProof;
  run.mclBn_precomputedMillerLoop2(product, sum, v.linesOfGenerator, proof, v.linesOfTau);
  run.mclBn_finalExp(product, product);
  return run.mclBnGT_isOne(product) !== 0;
}

/** A point from the hexadecimal digits of its coordinates, as EIP-2537 encodes it. */
function encoded(...coordinates: readonly string[]): Uint8Array {
  return fromHex(coordinates.map((digits) => digits.padStart(128, "0")).join(""))!;
}
