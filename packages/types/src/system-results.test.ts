import { describe, expect, it } from "vitest";
import { bigTo32, fromHex, PRECOMPILED_CODES, systemRefusal } from "./index.ts";

const CONFIG = fromHex("0000000000000000000000000000000000001000")!;
const int256 = (value: bigint) => bigTo32(BigInt.asUintN(256, value));

// precompiled SPEC 1.4: a code is a result, the transaction succeeds.
describe("systemRefusal", () => {
  it.each(Object.entries(PRECOMPILED_CODES))("knows %s", (name, code) => {
    expect(systemRefusal(CONFIG, int256(code))).toEqual({
      code: Number(code),
      name,
      message: expect.stringMatching(/^.{10,}$/),
    });
  });

  it("takes every negative answer as a refusal, and nothing else", () => {
    expect(systemRefusal(CONFIG, int256(-7n))).toEqual({ code: -7, name: "unknown", message: "refused" });
    for (const done of [0n, 1n, 2n ** 255n - 1n]) expect(systemRefusal(CONFIG, int256(done))).toBeNull();
    expect(systemRefusal(CONFIG, new Uint8Array(64).fill(255))).toBeNull();
    expect(systemRefusal(null, int256(-50000n))).toBeNull();
    expect(systemRefusal(fromHex(`01${"0".repeat(34)}1000`)!, int256(-50000n))).toBeNull();
    expect(systemRefusal(fromHex(`${"0".repeat(36)}1100`)!, int256(-50000n))).toBeNull();
  });
});
