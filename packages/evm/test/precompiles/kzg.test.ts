import { fromHex, toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { kzgPrecompile } from "../../src/precompiles/kzg.ts";
import { Random } from "../fuzz/random.ts";
import { provenEvaluation } from "./kzg-inputs.ts";
import { kzgPrecompile as noble } from "./oracle/kzg.ts";

/** Field elements per blob and the modulus of their field (EIP-4844). */
const ANSWER =
  "000000000000000000000000000000000000000000000000000000000000100073eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";
const PROOF_AT = 144;

function evaluate(input: Uint8Array): string | null {
  const [ours, theirs] = [kzgPrecompile, noble].map(({ run }) => run(input, "osaka"));
  expect(ours).toEqual(theirs);
  return ours === null ? null : toHex(ours!);
}

describe("a constant polynomial, whose proof is infinity", () => {
  const input = provenEvaluation(new Random(1), 0n);
  const proof = (hex: string) => {
    const out = input.slice();
    out.set(fromHex(hex)!, PROOF_AT);
    return out;
  };

  it("has its value everywhere", () => {
    expect(evaluate(proof(`c0${"00".repeat(47)}`))).toBe(ANSWER);
    const elsewhere = input.slice();
    elsewhere[63]! ^= 1;
    expect(evaluate(elsewhere)).toBe(ANSWER);
  });

  it("has no other value", () => {
    const other = input.slice();
    other[95]! ^= 1;
    expect(evaluate(other)).toBeNull();
  });

  it("is not proven by infinity in another form", () => {
    for (const first of ["e0", "40", "60", "80", "a0", "00", "c1", "d0"]) {
      expect(evaluate(proof(first + "00".repeat(47))), first).toBeNull();
    }
    expect(evaluate(proof(`c0${"00".repeat(46)}01`)), "last byte").toBeNull();
    expect(evaluate(proof(`c0${"00".repeat(20)}01${"00".repeat(26)}`)), "middle byte").toBeNull();
  });

  it("is not proven by another point", () => {
    const random = new Random(2);
    expect(evaluate(proof(toHex(provenEvaluation(random, 5n).subarray(PROOF_AT))))).toBeNull();
  });
});

it("a proof of infinity proves nothing of another polynomial", () => {
  const input = provenEvaluation(new Random(3), 5n);
  expect(evaluate(input)).toBe(ANSWER);
  input.fill(0, PROOF_AT);
  input[PROOF_AT] = 0xc0;
  expect(evaluate(input)).toBeNull();
});
