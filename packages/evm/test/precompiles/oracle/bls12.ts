import { bytesToBig } from "@fb/types";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { DISCOUNT_G1, DISCOUNT_G2 } from "../../../src/precompiles/bls12-discounts.ts";
import { type Precompile, WORD_ONE, WORD_ZERO } from "../../../src/precompiles/precompile.ts";

const { G1, G2 } = bls12_381;
const { Fp, Fp2, Fp12, Fr } = bls12_381.fields;
const G1_BYTES = 128;
const G2_BYTES = 256;
const SCALAR_BYTES = 32;

type PointG1 = InstanceType<typeof G1.Point>;
type PointG2 = InstanceType<typeof G2.Point>;

// The library declares other arguments and results than it takes and gives.
const mapG1 = G1.mapToCurve as unknown as (element: bigint) => PointG1;
const mapG2 = G2.mapToCurve as unknown as (element: readonly [bigint, bigint]) => PointG2;

class InputError extends RangeError {}

/** 64 bytes, the upper 16 zero, below the field's modulus. */
function fieldElement(bytes: Uint8Array): bigint {
  const value = bytesToBig(bytes.subarray(0, 64));
  if (value >= Fp.ORDER) throw new InputError("not a field element");
  return value;
}

function isInfinity(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** Addition takes any point of the curve; everything else wants the subgroup. */
function decodeG1(bytes: Uint8Array, subgroup: boolean): PointG1 {
  if (isInfinity(bytes)) return G1.Point.ZERO;
  const x = fieldElement(bytes);
  const y = fieldElement(bytes.subarray(64));
  if (!Fp.eql(Fp.sqr(y), Fp.add(Fp.mul(Fp.sqr(x), x), 4n))) throw new InputError("not on the curve");
  const point = G1.Point.fromAffine({ x, y });
  if (subgroup && !point.isTorsionFree()) throw new InputError("not in the subgroup");
  return point;
}

function decodeG2(bytes: Uint8Array, subgroup: boolean): PointG2 {
  if (isInfinity(bytes)) return G2.Point.ZERO;
  const x = Fp2.fromBigTuple([fieldElement(bytes), fieldElement(bytes.subarray(64))]);
  const y = Fp2.fromBigTuple([fieldElement(bytes.subarray(128)), fieldElement(bytes.subarray(192))]);
  const b = Fp2.fromBigTuple([4n, 4n]);
  if (!Fp2.eql(Fp2.sqr(y), Fp2.add(Fp2.mul(Fp2.sqr(x), x), b))) throw new InputError("not on the curve");
  const point = G2.Point.fromAffine({ x, y });
  if (subgroup && !point.isTorsionFree()) throw new InputError("not in the subgroup");
  return point;
}

function writeField(out: Uint8Array, at: number, value: bigint): void {
  const digits = value.toString(16).padStart(128, "0");
  for (let i = 0; i < 64; i++) out[at + i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
}

function encodeG1(point: PointG1): Uint8Array {
  const out = new Uint8Array(G1_BYTES);
  if (point.is0()) return out;
  const { x, y } = point.toAffine();
  writeField(out, 0, x);
  writeField(out, 64, y);
  return out;
}

function encodeG2(point: PointG2): Uint8Array {
  const out = new Uint8Array(G2_BYTES);
  if (point.is0()) return out;
  const { x, y } = point.toAffine();
  [x.c0, x.c1, y.c0, y.c1].forEach((part, i) => {
    writeField(out, 64 * i, part);
  });
  return out;
}

/** A failure of the precompile is null, never an exception. */
function precompile(cost: (input: Uint8Array) => bigint, run: (input: Uint8Array) => Uint8Array): Precompile {
  return {
    cost,
    run(input) {
      try {
        return run(input);
      } catch {
        return null;
      }
    },
  };
}

function requireSize(input: Uint8Array, size: number): void {
  if (input.length !== size) throw new InputError("wrong input length");
}

function requireItems(input: Uint8Array, size: number): void {
  if (input.length === 0 || input.length % size !== 0) throw new InputError("wrong input length");
}

function manyCost(price: bigint, size: number, discounts: readonly number[]): (input: Uint8Array) => bigint {
  return (input) => {
    const count = Math.floor(input.length / size);
    if (count === 0) return 0n;
    const discount = discounts[Math.min(count, discounts.length) - 1]!;
    return (BigInt(count) * price * BigInt(discount)) / 1000n;
  };
}

const PAIR_G1 = G1_BYTES + SCALAR_BYTES;
const PAIR_G2 = G2_BYTES + SCALAR_BYTES;
const PAIRING = G1_BYTES + G2_BYTES;

function scalarAt(input: Uint8Array, at: number): bigint {
  return Fr.create(bytesToBig(input.subarray(at, at + SCALAR_BYTES)));
}

const addG1 = precompile(
  () => 375n,
  (input) => {
    requireSize(input, 2 * G1_BYTES);
    return encodeG1(decodeG1(input.subarray(0, G1_BYTES), false).add(decodeG1(input.subarray(G1_BYTES), false)));
  },
);

const addG2 = precompile(
  () => 600n,
  (input) => {
    requireSize(input, 2 * G2_BYTES);
    return encodeG2(decodeG2(input.subarray(0, G2_BYTES), false).add(decodeG2(input.subarray(G2_BYTES), false)));
  },
);

const msmG1 = precompile(manyCost(12_000n, PAIR_G1, DISCOUNT_G1), (input) => {
  requireItems(input, PAIR_G1);
  let sum = G1.Point.ZERO;
  for (let at = 0; at < input.length; at += PAIR_G1) {
    const point = decodeG1(input.subarray(at, at + G1_BYTES), true);
    const scalar = scalarAt(input, at + G1_BYTES);
    if (scalar !== 0n && !point.is0()) sum = sum.add(point.multiplyUnsafe(scalar));
  }
  return encodeG1(sum);
});

const msmG2 = precompile(manyCost(22_500n, PAIR_G2, DISCOUNT_G2), (input) => {
  requireItems(input, PAIR_G2);
  let sum = G2.Point.ZERO;
  for (let at = 0; at < input.length; at += PAIR_G2) {
    const point = decodeG2(input.subarray(at, at + G2_BYTES), true);
    const scalar = scalarAt(input, at + G2_BYTES);
    if (scalar !== 0n && !point.is0()) sum = sum.add(point.multiplyUnsafe(scalar));
  }
  return encodeG2(sum);
});

const pairing = precompile(
  (input) => 37_700n + 32_600n * BigInt(Math.floor(input.length / PAIRING)),
  (input) => {
    requireItems(input, PAIRING);
    const pairs: { g1: PointG1; g2: PointG2 }[] = [];
    for (let at = 0; at < input.length; at += PAIRING) {
      const g1 = decodeG1(input.subarray(at, at + G1_BYTES), true);
      const g2 = decodeG2(input.subarray(at + G1_BYTES, at + PAIRING), true);
      if (!g1.is0() && !g2.is0()) pairs.push({ g1, g2 });
    }
    if (pairs.length === 0) return WORD_ONE;
    return Fp12.eql(bls12_381.pairingBatch(pairs), Fp12.ONE) ? WORD_ONE : WORD_ZERO;
  },
);

const mapToG1 = precompile(
  () => 5500n,
  (input) => {
    requireSize(input, 64);
    return encodeG1(mapG1(fieldElement(input)));
  },
);

const mapToG2 = precompile(
  () => 23_800n,
  (input) => {
    requireSize(input, 128);
    return encodeG2(mapG2([fieldElement(input), fieldElement(input.subarray(64))]));
  },
);

/** EIP-2537, in the order of their addresses from 0x0b. */
export const blsPrecompiles: readonly Precompile[] = [addG1, msmG1, addG2, msmG2, pairing, mapToG1, mapToG2];
