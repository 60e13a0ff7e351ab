import { bigTo32, type CryptoSuite, concatBytes } from "@fb/types";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { bn254 } from "@noble/curves/bn254.js";
import { p256 } from "@noble/curves/nist.js";
import type { Random } from "../fuzz/random.ts";

/** Makes an input for one precompile: mostly well formed, sometimes spoilt. */
export type InputMaker = (random: Random, suite: CryptoSuite) => Uint8Array;

function big(random: Random, below: bigint): bigint {
  return random.word() % below;
}

function bn1(random: Random): Uint8Array {
  if (random.chance(0.15)) return new Uint8Array(64);
  const { x, y } = bn254.G1.Point.BASE.multiplyUnsafe(1n + big(random, bn254.fields.Fr.ORDER - 1n)).toAffine();
  return concatBytes(bigTo32(x), bigTo32(y));
}

function bn2(random: Random): Uint8Array {
  if (random.chance(0.15)) return new Uint8Array(128);
  const { x, y } = bn254.G2.Point.BASE.multiplyUnsafe(1n + big(random, bn254.fields.Fr.ORDER - 1n)).toAffine();
  return concatBytes(...[x.c1, x.c0, y.c1, y.c0].map(bigTo32));
}

function fp64(value: bigint): Uint8Array {
  const out = new Uint8Array(64);
  out.set(Buffer.from(value.toString(16).padStart(128, "0"), "hex"));
  return out;
}

function bls1(random: Random): Uint8Array {
  if (random.chance(0.15)) return new Uint8Array(128);
  const { x, y } = bls12_381.G1.Point.BASE.multiplyUnsafe(1n + BigInt(random.next())).toAffine();
  return concatBytes(fp64(x), fp64(y));
}

function bls2(random: Random): Uint8Array {
  if (random.chance(0.15)) return new Uint8Array(256);
  const { x, y } = bls12_381.G2.Point.BASE.multiplyUnsafe(1n + BigInt(random.next())).toAffine();
  return concatBytes(fp64(x.c0), fp64(x.c1), fp64(y.c0), fp64(y.c1));
}

function many(random: Random, make: () => Uint8Array): Uint8Array {
  return concatBytes(...Array.from({ length: random.below(4) }, make));
}

/** e(aG1, G2) e(-aG1, G2) = 1, so that true answers occur. */
function bnPairs(random: Random): Uint8Array {
  if (random.chance(0.5)) return many(random, () => concatBytes(bn1(random), bn2(random)));
  const point = bn254.G1.Point.BASE.multiplyUnsafe(2n + BigInt(random.next()));
  const other = bn2(random);
  const bytes = [point, point.negate()].map((p) => {
    const { x, y } = p.toAffine();
    return concatBytes(bigTo32(x), bigTo32(y), other);
  });
  return concatBytes(...bytes);
}

function blsPairs(random: Random): Uint8Array {
  if (random.chance(0.5)) return many(random, () => concatBytes(bls1(random), bls2(random)));
  const point = bls12_381.G1.Point.BASE.multiplyUnsafe(2n + BigInt(random.next()));
  const other = bls2(random);
  const bytes = [point, point.negate()].map((p) => {
    const { x, y } = p.toAffine();
    return concatBytes(fp64(x), fp64(y), other);
  });
  return concatBytes(...bytes);
}

function modexp(random: Random): Uint8Array {
  const sizes = [random.below(70), random.below(40), random.below(70)];
  if (random.chance(0.1)) sizes[random.below(3)] = 0;
  const head = sizes.map((size) => bigTo32(random.chance(0.03) ? random.word() : BigInt(size)));
  const body = sizes.map((size) => random.bytes(size));
  if (random.chance(0.2)) body[2] = new Uint8Array(sizes[2]!);
  return concatBytes(...head, ...body);
}

function ecrecover(random: Random, suite: CryptoSuite): Uint8Array {
  const digest = random.bytes(32);
  const signature = suite.sign(digest, bigTo32(1n + BigInt(random.next())));
  let s = BigInt(`0x${Buffer.from(signature.subarray(32, 64)).toString("hex")}`);
  let parity = signature[64]!;
  if (random.chance(0.4)) {
    // The other signature of the same message: s above half the order.
    s = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n - s;
    parity ^= 1;
  }
  return concatBytes(digest, bigTo32(BigInt(27 + parity)), signature.subarray(0, 32), bigTo32(s));
}

function p256Verify(random: Random): Uint8Array {
  const digest = random.bytes(32);
  const secret = bigTo32(1n + BigInt(random.next()));
  const signature = p256.sign(digest, secret, { prehash: false, lowS: false });
  return concatBytes(digest, signature, p256.getPublicKey(secret, false).subarray(1));
}

function blake2f(random: Random): Uint8Array {
  const rounds = Uint8Array.of(0, 0, 0, random.below(30));
  return concatBytes(rounds, random.bytes(208), Uint8Array.of(random.chance(0.95) ? random.below(2) : 2));
}

export const MAKERS: ReadonlyMap<number, InputMaker> = new Map<number, InputMaker>([
  [0x01, ecrecover],
  [0x02, (random) => random.bytes(random.below(200))],
  [0x03, (random) => random.bytes(random.below(200))],
  [0x04, (random) => random.bytes(random.below(200))],
  [0x05, modexp],
  [0x06, (random) => concatBytes(bn1(random), bn1(random))],
  [0x07, (random) => concatBytes(bn1(random), bigTo32(random.word()))],
  [0x08, bnPairs],
  [0x09, blake2f],
  [0x0b, (random) => concatBytes(bls1(random), bls1(random))],
  [0x0c, (random) => many(random, () => concatBytes(bls1(random), bigTo32(random.word())))],
  [0x0d, (random) => concatBytes(bls2(random), bls2(random))],
  [0x0e, (random) => many(random, () => concatBytes(bls2(random), bigTo32(random.word())))],
  [0x0f, blsPairs],
  [0x10, (random) => fp64(random.word())],
  [0x11, (random) => concatBytes(fp64(random.word()), fp64(random.word()))],
  [0x100, p256Verify],
]);

/** Cuts, lengthens or changes a byte of one input in four. */
export function spoil(random: Random, input: Uint8Array): Uint8Array {
  if (random.chance(0.75)) return input;
  if (random.chance(0.3)) return input.subarray(0, random.below(input.length + 1));
  if (random.chance(0.3)) return concatBytes(input, random.bytes(random.below(40)));
  const copy = input.slice();
  if (copy.length > 0) copy[random.below(copy.length)]! ^= 1 << random.below(8);
  return copy;
}
