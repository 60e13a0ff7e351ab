import { fromHex, toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { pointEvaluation } from "./kzg.ts";

/** go-ethereum, core/vm/testdata/precompiles/pointEvaluation.json. */
const INPUT = fromHex(
  "01e798154708fe7789429634053cbf9f99b619f9f084048927333fce637f549b564c0a11a0f704f4fc3e8acfe0f8245f0ad1347b378fbf96e206da11a5d36306" +
    "24d25032e67a7e6a4910df5834b8fe70e6bcfeeac0352434196bdf4b2485d5a18f59a8d2a1a625a17f3fea0fe5eb8c896db3764f3185481bc22f91b4aaffcca2" +
    "5f26936857bc3a7c2539ea8ec3a952b7873033e038326e87ed3e1276fd140253fa08e9fc25fb2d9a98527fc22a2c9612fbeafdad446cbc7bcdbdcd780af2c16a",
)!;

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
