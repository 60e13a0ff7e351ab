import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { integerOf, type Operator, satisfies } from "./condition.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const OPERATORS: readonly Operator[] = ["EQ", "NE", "GT", "GE", "LT", "LE"];

describe("integerOf", () => {
  it.each([
    ["", 0n],
    ["0", 0n],
    ["007", 7n],
    ["-12", -12n],
    ["-0", 0n],
    ["9".repeat(78), BigInt("9".repeat(78))],
  ])("%j is %s", (value, expected) => expect(integerOf(text(value))).toBe(expected));

  it.each(["-", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "abc", "--1", "１", "9".repeat(79)])(
    "%j is no integer",
    (value) => expect(integerOf(text(value))).toBeNull(),
  );
});

describe("satisfies", () => {
  it("compares integers exactly, also where 64 bits or a double would not (SPEC 1.7)", () => {
    const big = "9223372036854775808";
    const bigger = "9223372036854775809";
    expect(satisfies(text(bigger), "GT", text(big))).toBe(true);
    expect(satisfies(text(big), "GT", text(bigger))).toBe(false);
    expect(satisfies(text("9007199254740993"), "GT", text("9007199254740992"))).toBe(true);
    expect(satisfies(text("9"), "LT", text("10"))).toBe(true);
    expect(satisfies(text(""), "GE", text("0"))).toBe(true);
  });

  it("compares bytes for EQ and NE", () => {
    expect(satisfies(text("7"), "EQ", text("07"))).toBe(false);
    expect(satisfies(text("7"), "NE", text("07"))).toBe(true);
    expect(satisfies(text("a"), "EQ", text("a"))).toBe(true);
    expect(satisfies(text("a"), "EQ", text("A"))).toBe(false);
    expect(satisfies(text("a "), "EQ", text("a"))).toBe(false);
  });

  it("lets nothing that is no integer match an ordering", () => {
    for (const op of ["GT", "GE", "LT", "LE"] as const) {
      expect(satisfies(text("abc"), op, text("1"))).toBe(false);
      expect(satisfies(text("1"), op, text("abc"))).toBe(false);
    }
  });

  it("agrees with BigInt on any integers, and never throws on any bytes", () => {
    const integer = fc.bigInt({ min: -(10n ** 77n), max: 10n ** 77n });
    fc.assert(
      fc.property(integer, integer, (a, b) => {
        const [left, right] = [text(String(a)), text(String(b))];
        expect(OPERATORS.map((op) => satisfies(left, op, right))).toEqual([
          a === b,
          a !== b,
          a > b,
          a >= b,
          a < b,
          a <= b,
        ]);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 90 }), fc.uint8Array({ maxLength: 90 }), (a, b) => {
        for (const op of OPERATORS) expect(typeof satisfies(a, op, b)).toBe("boolean");
      }),
    );
  });
});
