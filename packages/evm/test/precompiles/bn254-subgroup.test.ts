import { bn254 } from "@noble/curves/bn254.js";
import { expect, it } from "vitest";
import { BN254_X } from "../../src/precompiles/bn254-subgroup.ts";

const x = BN254_X;
const p = bn254.fields.Fp.ORDER;
const r = bn254.fields.Fr.ORDER;
/** Trace of Frobenius over the prime field; its endomorphism fulfils psi^2 = t psi - p. */
const t = p + 1n - r;
/** Points of the twist over the quadratic extension. */
const count = r * (2n * p - r);

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}

it("the number x makes this curve", () => {
  expect(36n * x ** 4n + 36n * x ** 3n + 24n * x ** 2n + 6n * x + 1n).toBe(p);
  expect(36n * x ** 4n + 36n * x ** 3n + 18n * x ** 2n + 6n * x + 1n).toBe(r);
  expect(gcd(r, count / r)).toBe(1n);
});

it("the test accepts every point of the subgroup, where psi multiplies by p", () => {
  expect((x + 1n + x * p + x * p ** 2n - 2n * x * p ** 3n) % r).toBe(0n);
});

it("the test accepts no other point of the twist", () => {
  // (x + 1) + x psi + x psi^2 - 2x psi^3 as a + b psi.
  const powers: [bigint, bigint][] = [
    [1n, 0n],
    [0n, 1n],
  ];
  for (let i = 2; i <= 3; i++) {
    const [a, b] = powers[i - 1]!;
    powers.push([-p * b, a + t * b]);
  }
  const factors = [x + 1n, x, x, -2n * x];
  const [a, b] = [0, 1].map((part) => factors.reduce((sum, factor, i) => sum + factor * powers[i]![part]!, 0n));
  const norm = a! ** 2n + a! * b! * t + b! ** 2n * p;
  expect(gcd(norm < 0n ? -norm : norm, count)).toBe(r);
});
