import { createSeededRng } from "@fb/runtime/testing";
import { describe, expect, it } from "vitest";
import { differs } from "./rank-test.ts";

const rng = createSeededRng(5);
/** Skewed, as times are. */
const times = (count: number, shift: number) =>
  Array.from({ length: count }, () => shift + (rng.below(1_000) / 1_000) ** 3 * 10);

describe("the rank test", () => {
  it("sees no difference where there is none", () => {
    expect(Math.abs(differs(times(2_500, 1), times(2_500, 1)))).toBeLessThan(4);
    expect(differs([1, 1, 1, 2], [1, 1, 1, 2])).toBe(0);
  });

  it("sees a shift that is small beside the spread", () => {
    expect(differs(times(2_500, 1.2), times(2_500, 1))).toBeGreaterThan(6);
    expect(differs(times(2_500, 1), times(2_500, 1.2))).toBeLessThan(-6);
  });
});
