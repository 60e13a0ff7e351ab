import { bigTo32, bytesToBig } from "@fb/types";
import { bn254 } from "@noble/curves/bn254.js";
import { type Precompile, padded, WORD_ONE, WORD_ZERO } from "../../../src/precompiles/precompile.ts";

const { G1, G2 } = bn254;
const { Fp, Fp2, Fp12, Fr } = bn254.fields;
const PAIR_BYTES = 192;

type PointG1 = InstanceType<typeof G1.Point>;
type PointG2 = InstanceType<typeof G2.Point>;

function orNull<T>(decode: () => T): T | null {
  try {
    return decode();
  } catch {
    return null;
  }
}

/** 64 bytes x, y; all zero is infinity. Throws on anything that is not on the curve. */
function decodeG1(bytes: Uint8Array): PointG1 {
  const x = bytesToBig(bytes.subarray(0, 32));
  const y = bytesToBig(bytes.subarray(32, 64));
  if (x === 0n && y === 0n) return G1.Point.ZERO;
  const point = G1.Point.fromAffine({ x, y });
  point.assertValidity();
  return point;
}

function encodeG1(point: PointG1): Uint8Array {
  const out = new Uint8Array(64);
  if (point.is0()) return out;
  const { x, y } = point.toAffine();
  out.set(bigTo32(x));
  out.set(bigTo32(y), 32);
  return out;
}

/** 128 bytes: x and y, imaginary part first. Throws outside the field, the curve or the subgroup. */
function decodeG2(bytes: Uint8Array): PointG2 {
  const [xi, xr, yi, yr] = [0, 32, 64, 96].map((at) => bytesToBig(bytes.subarray(at, at + 32))) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  for (const part of [xi, xr, yi, yr]) if (part >= Fp.ORDER) throw new RangeError("coordinate outside the field");
  if ((xi | xr | yi | yr) === 0n) return G2.Point.ZERO;
  const point = G2.Point.fromAffine({ x: Fp2.fromBigTuple([xr, xi]), y: Fp2.fromBigTuple([yr, yi]) });
  point.assertValidity();
  return point;
}

/** EIP-196, prices of EIP-1108. */
export const bn254AddPrecompile: Precompile = {
  cost: () => 150n,
  run: (input) => orNull(() => encodeG1(decodeG1(padded(input, 0, 64)).add(decodeG1(padded(input, 64, 64))))),
};

export const bn254MulPrecompile: Precompile = {
  cost: () => 6000n,
  run: (input) =>
    orNull(() => {
      const point = decodeG1(padded(input, 0, 64));
      const scalar = Fr.create(bytesToBig(padded(input, 64, 32)));
      return encodeG1(scalar === 0n ? G1.Point.ZERO : point.multiplyUnsafe(scalar));
    }),
};

/** EIP-197: whether the product of the pairings is one. */
export const bn254PairingPrecompile: Precompile = {
  cost: (input) => 45_000n + 34_000n * BigInt(Math.floor(input.length / PAIR_BYTES)),
  run(input) {
    if (input.length % PAIR_BYTES !== 0) return null;
    return orNull(() => {
      const pairs: { g1: PointG1; g2: PointG2 }[] = [];
      for (let at = 0; at < input.length; at += PAIR_BYTES) {
        const g1 = decodeG1(input.subarray(at, at + 64));
        const g2 = decodeG2(input.subarray(at + 64, at + PAIR_BYTES));
        if (!g1.is0() && !g2.is0()) pairs.push({ g1, g2 });
      }
      if (pairs.length === 0) return WORD_ONE;
      return Fp12.eql(bn254.pairingBatch(pairs), Fp12.ONE) ? WORD_ONE : WORD_ZERO;
    });
  },
};
