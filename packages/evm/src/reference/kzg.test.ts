import { concatBytes, fromHex, toHex } from "@fb/types";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { describe, expect, it } from "vitest";
import { pointEvaluation } from "./kzg.ts";

/** The polynomial X, committed to as [tau]G1 of the ceremony's setup, is 7 at 7: the proof is the generator. */
const SEVEN = "7".padStart(64, "0");
const COMMITMENT = fromHex(
  "ad3eb50121139aa34db1d545093ac9374ab7bca2c0f3bf28e27c8dcd8fc7cb42d25926fc0c97b336e9f0fb35e5a04c81",
)!;
const PROOF = bls12_381.G1.Point.BASE.toBytes();
const INPUT = concatBytes(versionedHash(COMMITMENT), fromHex(SEVEN + SEVEN)!, COMMITMENT, PROOF);

function versionedHash(commitment: Uint8Array): Uint8Array {
  const hash = sha256(commitment);
  hash[0] = 1;
  return hash;
}

function evaluate(data: Uint8Array, gasLimit = 50_000n) {
  return pointEvaluation({ data, gasLimit } as Parameters<typeof pointEvaluation>[0]);
}

describe("point evaluation", () => {
  it("accepts a proof made with the ceremony's setup", () => {
    const result = evaluate(INPUT);
    expect(result.exceptionError).toBeUndefined();
    expect(result.executionGasUsed).toBe(50_000n);
    expect(toHex(result.returnValue)).toBe(
      "000000000000000000000000000000000000000000000000000000000000100073eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001",
    );
  });

  it("refuses the proof once any part of the input differs", () => {
    for (const at of [0, 31, 32, 63, 64, 95, 96, 143, 144, 191]) {
      const changed = INPUT.slice();
      changed[at]! ^= 1;
      expect(evaluate(changed).exceptionError, `byte ${at}`).toBeDefined();
    }
  });

  it("costs 50,000 gas", () => {
    expect(evaluate(INPUT, 49_999n).exceptionError?.error).toBe("out of gas");
  });
});
