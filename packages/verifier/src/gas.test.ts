import { EMPTY } from "@fb/types";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { baseGas, finalGas } from "./gas.ts";

const to = new Uint8Array(20);
const list = (addresses: number, slots: number) =>
  Array.from({ length: addresses }, () => ({
    address: to,
    slots: Array.from({ length: slots }, () => new Uint8Array(32)),
  }));

describe("SPEC 3.2: intrinsic gas", () => {
  it.each([
    ["a transfer", { to, data: EMPTY, accessList: [] }, 21_000],
    ["calldata (EIP-2028)", { to, data: Uint8Array.of(0, 1, 0, 2), accessList: [] }, 21_040],
    ["a creation (EIP-3860)", { to: null, data: new Uint8Array(33), accessList: [] }, 53_000 + 33 * 4 + 4],
    ["an access list (EIP-2930)", { to, data: EMPTY, accessList: list(2, 3) }, 21_000 + 2 * (2_400 + 3 * 1_900)],
  ])("of %s", (_, shape, intrinsic) => {
    for (const fork of ["shanghai", "cancun", "prague", "osaka"] as const) {
      expect(baseGas(fork, shape).intrinsic).toBe(intrinsic);
    }
  });

  it("has a floor for calldata from Prague on (EIP-7623)", () => {
    const shape = { to, data: Uint8Array.of(0, 1, 0, 2), accessList: [] };
    expect(baseGas("cancun", shape).floor).toBe(0);
    expect(baseGas("prague", shape).floor).toBe(21_000 + 10 * 10);
    expect(baseGas("osaka", { to: null, data: EMPTY, accessList: [] }).floor).toBe(21_000);
  });
});

describe("SPEC 3.3: final gas", () => {
  it.each([
    [50_000, 0, 0, 50_000],
    [50_000, 9_999, 0, 40_001],
    [50_000, 48_000, 0, 40_000],
    [21_004, 5_000, 0, 16_804],
    [50_000, 48_000, 45_000, 45_000],
  ])("of %i used, refund %i, floor %i is %i", (used, refund, floor, final) => {
    expect(finalGas(used, refund, floor)).toBe(final);
  });

  it("is never more than used or the floor, never less than four fifths", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), fc.nat(2 ** 31 - 1), fc.nat(2 ** 20), (used, refund, floor) => {
        const final = finalGas(used, refund, floor);
        expect(final).toBeLessThanOrEqual(Math.max(used, floor));
        expect(final * 5).toBeGreaterThanOrEqual(used * 4);
      }),
    );
  });
});
