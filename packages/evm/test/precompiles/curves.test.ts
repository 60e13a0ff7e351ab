import { concatBytes, toHex } from "@fb/types";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { describe, expect, it } from "vitest";
import { Random } from "../fuzz/random.ts";
import { compareCurve } from "./curve-differential.ts";
import { curveInputMakers, pairsWithProductOne } from "./curve-inputs.ts";
import { blsSources, bnSources } from "./curves.ts";
import { CURVE_PRECOMPILES } from "./oracle/index.ts";
import { element } from "./point-source.ts";

/** Per precompile; the dear ones take milliseconds each over @noble/curves. */
const INPUTS: ReadonlyMap<number, number> = new Map([
  [0x06, 600],
  [0x07, 400],
  [0x08, 40],
  [0x0a, 80],
  [0x0b, 300],
  [0x0c, 60],
  [0x0d, 120],
  [0x0e, 40],
  [0x0f, 40],
  [0x10, 200],
  [0x11, 150],
  [0x100, 400],
]);
const ONE = `${"00".repeat(31)}01`;
const ZERO = "00".repeat(32);

function run(number: number, input: Uint8Array): string | null {
  const output = CURVE_PRECOMPILES.get(number)!.fast.run(input, "osaka");
  return output === null ? null : toHex(output);
}

describe("curve precompiles agree with @noble/curves", () => {
  for (const [number, make] of curveInputMakers()) {
    const precompile = CURVE_PRECOMPILES.get(number)!;
    it(precompile.name, () => {
      const inputs = INPUTS.get(number)!;
      const { refused, answered } = compareCurve(precompile, make, new Random(number), inputs);
      expect(refused).toBeGreaterThan(inputs / 20);
      expect(answered).toBeGreaterThan(inputs / 20);
    });
  }

  it("on the special cases of the simplified map", () => {
    const { Fp, Fp2 } = bls12_381.fields;
    const special = (sqrt: () => readonly bigint[]) => {
      try {
        return [sqrt()];
      } catch {
        return [];
      }
    };
    // u^2 = -1/Z is where the map's denominator vanishes, besides u = 0.
    const ones = special(() => [Fp.sqrt(Fp.neg(Fp.inv(11n)))]);
    const twos = special(() => {
      const { c0, c1 } = Fp2.sqrt(Fp2.inv(Fp2.fromBigTuple([2n, 1n])));
      return [c0, c1];
    });
    expect(ones.length + twos.length).toBeGreaterThan(0);
    const inputs: [number, readonly bigint[]][] = [
      [0x10, [0n]],
      [0x11, [0n, 0n]],
      ...ones.map((u): [number, readonly bigint[]] => [0x10, u]),
      ...twos.map((u): [number, readonly bigint[]] => [0x11, u]),
    ];
    for (const [number, u] of inputs) {
      const input = concatBytes(...u.map((value) => element(value, 64)));
      const expected = CURVE_PRECOMPILES.get(number)!.noble.run(input, "osaka")!;
      expect(run(number, input), toHex(input)).toBe(toHex(expected));
    }
  });
});

describe("curve precompiles on long inputs", () => {
  const bn = bnSources();
  const bls = blsSources();

  // Sizes on both sides of a batch of Miller loops.
  for (const [number, curve] of [
    [0x08, bn],
    [0x0f, bls],
  ] as const) {
    it(`${CURVE_PRECOMPILES.get(number)!.name} of 2 to 33 pairs`, () => {
      const random = new Random(number);
      for (const count of [2, 15, 16, 17, 33]) {
        const input = pairsWithProductOne(curve, random, count);
        expect(run(number, input), `${count} pairs`).toBe(ONE);
        input.set(curve.g1.encode(curve.g1.good()));
        expect(run(number, input), `${count} pairs, one of them another`).toBe(ZERO);
        input.set(curve.g2.encode(curve.g2.astray(random)), input.length - curve.g2.encode(curve.g2.good()).length);
        expect(run(number, input), `${count} pairs, the last outside the subgroup`).toBeNull();
      }
    });
  }

  // Sizes where mcl changes its algorithm, and on both sides of a batch.
  for (const [number, group] of [
    [0x0c, bls.g1],
    [0x0e, bls.g2],
  ] as const) {
    it(`${CURVE_PRECOMPILES.get(number)!.name} of 2 to 300 points`, () => {
      const random = new Random(number);
      const generator = group.multiple(1n);
      for (const count of [2, 17, 127, 128, 256, 257, 300]) {
        const items: Uint8Array[] = [];
        let point = generator;
        let logarithm = 0n;
        for (let i = 1n; i <= count; i++) {
          const scalar = random.word();
          // A tenth are at infinity.
          const infinity = random.chance(0.1);
          items.push(group.encode(infinity ? group.multiple(0n) : point), element(scalar, 32));
          if (!infinity) logarithm += i * scalar;
          point = point.add(generator);
        }
        const expected = group.encode(group.multiple(logarithm % bls.order));
        expect(run(number, concatBytes(...items)), `${count} points`).toBe(toHex(expected));
        items[items.length - 2] = group.encode(group.astray(random));
        expect(run(number, concatBytes(...items)), `${count} points, the last outside the subgroup`).toBeNull();
      }
    });
  }

  it("empty input: one for the older pairing, a failure for those of EIP-2537", () => {
    const empty = new Uint8Array(0);
    expect(run(0x08, empty)).toBe(ONE);
    for (const number of [0x0c, 0x0e, 0x0f]) expect(run(number, empty)).toBeNull();
  });

  it("pairs with infinity only have the product one", () => {
    for (const [number, { g1, g2 }] of [
      [0x08, bn],
      [0x0f, bls],
    ] as const) {
      const [zero1, zero2] = [g1.encode(g1.multiple(0n)), g2.encode(g2.multiple(0n))];
      const [point1, point2] = [g1.encode(g1.good()), g2.encode(g2.good())];
      expect(run(number, concatBytes(zero1, zero2))).toBe(ONE);
      expect(run(number, concatBytes(zero1, point2, point1, zero2))).toBe(ONE);
      expect(run(number, concatBytes(zero1, point2, point1, point2))).toBe(ZERO);
    }
  });
});
