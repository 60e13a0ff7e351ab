import { concatBytes } from "@fb/types";
import type { Random } from "../fuzz/random.ts";
import { blsSources, bnSources, type CurveSources } from "./curves.ts";
import { evaluationInput } from "./kzg-inputs.ts";
import { signatureInput } from "./p256-inputs.ts";
import { element, type PointSource } from "./point-source.ts";

/** Makes an input for one precompile of a curve: half of them valid, half spoilt somewhere. */
export type CurveInputMaker = (random: Random) => Uint8Array;

const MOST_PAIRS = 16;
const MOST_ITEMS = 20;

/** Scalars at the edges of the order and of 32 bytes, or any. */
function scalar(random: Random, order: bigint): Uint8Array {
  const edges = [0n, 1n, 2n, order - 1n, order, order + 1n, 2n * order, (1n << 256n) - 1n];
  return element(random.chance(0.3) ? random.pick(edges) : random.word(), 32);
}

/** Two points for an addition, sometimes equal or opposite. */
function summands(random: Random, group: PointSource, order: bigint): Uint8Array {
  if (random.chance(0.5)) return concatBytes(group.any(random, 0.2), group.any(random, 0.2));
  const point = random.chance(0.8) ? group.good() : group.astray(random);
  const other = random.pick([point, group.times(point, order - 1n), group.times(point, 2n)]);
  return concatBytes(group.encode(point), group.encode(other));
}

function items(random: Random, group: PointSource, order: bigint): Uint8Array {
  // Few items far more often than many.
  const count = random.below(2 + random.below(MOST_ITEMS));
  const bad = random.chance(0.5) ? 0 : 1 / (2 * count + 1);
  const same = random.chance(0.2) ? group.encode(group.good()) : null;
  return concatBytes(
    ...Array.from({ length: count }, () => concatBytes(same ?? group.any(random, bad), scalar(random, order))),
  );
}

/** Pairs with known logarithms whose product is one; a single pair is any. */
export function pairsWithProductOne({ g1, g2, order }: CurveSources, random: Random, count: number): Uint8Array {
  const pairs: Uint8Array[] = [];
  let sum = 0n;
  for (let i = 0; i + 1 < count; i++) {
    const [a, b] = [1n + BigInt(random.next()), 1n + BigInt(random.next())];
    sum += a * b;
    pairs.push(g1.encode(g1.multiple(a)), g2.encode(g2.multiple(b)));
  }
  const last = count === 1 ? g1.good() : g1.multiple(order - (sum % order));
  return concatBytes(...pairs, g1.encode(last), g2.encode(g2.multiple(1n)));
}

function pairs(random: Random, curve: CurveSources): Uint8Array {
  const count = random.below(2 + random.below(MOST_PAIRS));
  if (count > 1 && random.chance(0.4)) {
    const bytes = pairsWithProductOne(curve, random, count);
    // One in four gets another first point, so that the product is not one.
    if (random.chance(0.25)) bytes.set(curve.g1.encode(curve.g1.good()));
    return bytes;
  }
  const bad = random.chance(0.5) ? 0 : 1 / (2 * count + 1);
  return concatBytes(
    ...Array.from({ length: count }, () => concatBytes(curve.g1.any(random, bad), curve.g2.any(random, bad))),
  );
}

/** Arguments of the simplified map with special cases, others at edges, or any. */
function fieldElement(random: Random, modulus: bigint): Uint8Array {
  const value = BigInt(`0x${Buffer.from(random.bytes(48)).toString("hex")}`);
  const edges = [0n, 1n, 2n, modulus - 1n, modulus, modulus + 1n, modulus >> 1n, (1n << 384n) - 1n, 1n << 384n];
  if (random.chance(0.3)) return element(random.pick(edges), 64);
  return element(random.chance(0.9) ? value % modulus : value, 64);
}

/** Cuts or lengthens one input in twenty. */
function resized(random: Random, input: Uint8Array): Uint8Array {
  if (random.chance(0.95)) return input;
  return random.chance(0.5)
    ? input.subarray(0, random.below(input.length + 1))
    : concatBytes(input, random.bytes(1 + random.below(40)));
}

/** By the number in the address. */
export function curveInputMakers(): ReadonlyMap<number, CurveInputMaker> {
  const bn = bnSources();
  const bls = blsSources();
  const makers: readonly (readonly [number, CurveInputMaker])[] = [
    [0x06, (random) => summands(random, bn.g1, bn.order)],
    [0x07, (random) => concatBytes(bn.g1.any(random, 0.2), scalar(random, bn.order))],
    [0x08, (random) => pairs(random, bn)],
    [0x0a, (random) => evaluationInput(random, bls)],
    [0x0b, (random) => summands(random, bls.g1, bls.order)],
    [0x0c, (random) => items(random, bls.g1, bls.order)],
    [0x0d, (random) => summands(random, bls.g2, bls.order)],
    [0x0e, (random) => items(random, bls.g2, bls.order)],
    [0x0f, (random) => pairs(random, bls)],
    [0x10, (random) => fieldElement(random, bls.modulus)],
    [0x11, (random) => concatBytes(fieldElement(random, bls.modulus), fieldElement(random, bls.modulus))],
    [0x100, signatureInput],
  ];
  return new Map(makers.map(([number, make]) => [number, (random) => resized(random, make(random))]));
}
