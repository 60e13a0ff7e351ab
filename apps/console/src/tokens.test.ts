import { describe, expect, it } from "vitest";
import { splitLine } from "./tokens.ts";

describe("splitLine", () => {
  it.each([
    ["", []],
    ["  a   b ", ["a", "b"]],
    [`deploy T.sol "My Token" 'x"y'`, ["deploy", "T.sol", "My Token", 'x"y']],
    [`send x set '["0x1","0x2"]'`, ["send", "x", "set", '["0x1","0x2"]']],
    [`a "" b`, ["a", "", "b"]],
    [`a\\ b "c\\"d" 'e\\f'`, ["a b", 'c"d', "e\\f"]],
    [`one"two"three`, ["onetwothree"]],
  ])("splits %s", (line, tokens) => {
    expect(splitLine(line)).toEqual(tokens);
  });

  it("refuses an open quote", () => {
    expect(() => splitLine('a "b')).toThrow("not closed");
  });
});
