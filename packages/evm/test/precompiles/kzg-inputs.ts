import { concatBytes, fromHex } from "@fb/types";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Random } from "../fuzz/random.ts";
import type { CurveSources } from "./curves.ts";
import { type Point as AnyPoint, element } from "./point-source.ts";

const { Point } = bls12_381.G1;
type PointG1 = typeof Point.BASE;
const { ORDER } = bls12_381.fields.Fr;

/** [tau]G1 of the Ethereum KZG ceremony: the commitment to the polynomial X. */
const TAU = Point.fromBytes(
  fromHex("ad3eb50121139aa34db1d545093ac9374ab7bca2c0f3bf28e27c8dcd8fc7cb42d25926fc0c97b336e9f0fb35e5a04c81")!,
);

function multiply(point: PointG1, scalar: bigint): PointG1 {
  return scalar % ORDER === 0n ? Point.ZERO : point.multiplyUnsafe(scalar % ORDER);
}

function inputOf(z: bigint, y: bigint, commitment: Uint8Array, proof: Uint8Array): Uint8Array {
  const hash = sha256(commitment);
  hash[0] = 1;
  return concatBytes(hash, element(z, 32), element(y, 32), commitment, proof);
}

function scalarOf(random: Random): bigint {
  const edges = [0n, 1n, ORDER - 1n];
  return random.chance(0.2) ? random.pick(edges) : random.word() % ORDER;
}

/**
 * A valid input: y + f (X - z) has the value y at z, which f G proves; for f = 0 the polynomial is constant and the proof
 * infinity.
 */
export function provenEvaluation(
  random: Random,
  factor: bigint = random.chance(0.2) ? 0n : scalarOf(random),
): Uint8Array {
  const [z, y] = [scalarOf(random), scalarOf(random)];
  const commitment = multiply(Point.BASE, y).add(multiply(TAU.subtract(multiply(Point.BASE, z)), factor));
  return inputOf(z, y, commitment.toBytes(), multiply(Point.BASE, factor).toBytes());
}

/** The library's own refuses points outside the subgroup. */
function compress(point: AnyPoint, modulus: bigint): Uint8Array {
  const { x, y } = (point as unknown as PointG1).toAffine();
  const bytes = element(x, 48);
  bytes[0]! |= point.is0() ? 0xc0 : 2n * y > modulus ? 0xa0 : 0x80;
  return bytes;
}

/**
 * Spoils a compressed point. Flags, digits of infinity and a summand of small order do not touch the equation of the
 * proof, so only the decoder can refuse them.
 */
function spoiltPoint(random: Random, { g1, modulus }: CurveSources, bytes: Uint8Array): Uint8Array {
  switch (random.below(4)) {
    case 0:
      bytes[0]! ^= 1 << (5 + random.below(3));
      return bytes;
    case 1: {
      const x = random.pick([0n, 1n, 4n, modulus - 1n, modulus, modulus + 1n, modulus + 4n, (1n << 381n) - 1n]);
      const edge = element(x, 48);
      edge[0]! |= random.pick([0x80, 0xa0]);
      return edge;
    }
    case 2:
      return compress((Point.fromBytes(bytes) as unknown as AnyPoint).add(g1.small(random)), modulus);
    default:
      bytes[random.pick([0, 1, 24, 46, 47])]! ^= 1;
      return bytes;
  }
}

/** Half of them valid, the others changed somewhere, with the hash of what they commit to. */
export function evaluationInput(random: Random, curve: CurveSources): Uint8Array {
  const input = provenEvaluation(random);
  if (random.chance(0.5)) return input;
  const z = BigInt(`0x${Buffer.from(input.subarray(32, 64)).toString("hex")}`);
  const y = BigInt(`0x${Buffer.from(input.subarray(64, 96)).toString("hex")}`);
  const commitment = input.slice(96, 144);
  const proof = input.slice(144, 192);
  switch (random.below(5)) {
    case 0:
      return inputOf(random.pick([ORDER, ORDER + 1n, z, z + ORDER]) % (1n << 256n), y, commitment, proof);
    case 1:
      return inputOf(z, random.pick([ORDER, ORDER + 1n, y ^ 1n, y + ORDER]) % (1n << 256n), commitment, proof);
    case 2:
      return inputOf(z, y, spoiltPoint(random, curve, commitment), proof);
    case 3:
      return inputOf(z, y, commitment, spoiltPoint(random, curve, proof));
    default:
      input[random.below(32)]! ^= 1 << random.below(8);
      return input;
  }
}
