import { RLP } from "@ethereumjs/rlp";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bigToBytes, equalBytes, fromHex, toHex } from "./bytes.ts";
import { isCode } from "./errors.ts";
import { MAX_RLP_DEPTH, type RlpItem, rlpDecode, rlpEncode, rlpUint } from "./rlp.ts";
import { RlpReader } from "./rlp-reader.ts";

function isRlp(bytes: Uint8Array): boolean {
  try {
    rlpDecode(bytes);
    return true;
  } catch (error) {
    if (!isCode(error, "RLP_INVALID")) throw error;
    return false;
  }
}

const { item } = fc.letrec<{ item: RlpItem }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 5, depthSize: "small" },
    fc.oneof(fc.uint8Array({ maxLength: 3 }), fc.uint8Array({ maxLength: 300, size: "max" })),
    fc.array(tie("item"), { maxLength: 6 }),
  ),
}));

describe("SPEC 1: RLP", () => {
  it("equals the library on random items (SPEC 1.1)", () => {
    fc.assert(
      fc.property(item, (value) => {
        const bytes = rlpEncode(value);
        expect(toHex(bytes)).toBe(toHex(RLP.encode(value as Parameters<typeof RLP.encode>[0])));
        expect(rlpDecode(bytes)).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  it("equals the library at the edges of head sizes", () => {
    for (const length of [0, 1, 55, 56, 255, 256, 65_535, 65_536, 70_000]) {
      const bytes = new Uint8Array(length).fill(0x80);
      for (const value of [bytes, [bytes], [[bytes], bytes]]) {
        expect(equalBytes(rlpEncode(value), RLP.encode(value))).toBe(true);
        expect(equalBytes(rlpEncode(rlpDecode(rlpEncode(value))), rlpEncode(value))).toBe(true);
      }
    }
  });

  it("accepts only bytes that it would have written (SPEC 1.2)", () => {
    fc.assert(
      fc.property(item, fc.nat(), fc.nat(255), (value, position, byte) => {
        const bytes = rlpEncode(value);
        bytes[position % bytes.length] = byte;
        if (isRlp(bytes)) expect(toHex(rlpEncode(rlpDecode(bytes)))).toBe(toHex(bytes));
      }),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        if (isRlp(bytes)) expect(toHex(rlpEncode(rlpDecode(bytes)))).toBe(toHex(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it("refuses trailing bytes, and every truncation", () => {
    const bytes = rlpEncode([new Uint8Array(60), [Uint8Array.of(1)], new Uint8Array(0)]);
    expect(isRlp(Uint8Array.of(...bytes, 0))).toBe(false);
    for (let length = 0; length < bytes.length; length++) expect(isRlp(bytes.subarray(0, length))).toBe(false);
  });

  it("bounds nesting", () => {
    const nested = (depth: number): RlpItem => (depth === 0 ? [] : [nested(depth - 1)]);
    expect(isRlp(rlpEncode(nested(MAX_RLP_DEPTH)))).toBe(true);
    expect(isRlp(rlpEncode(nested(MAX_RLP_DEPTH + 1)))).toBe(false);
    expect(isRlp(new Uint8Array(1_000_000).fill(0xc1))).toBe(false);
  });

  it("writes integers minimally", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), (value) => {
        expect(toHex(rlpUint(value))).toBe(toHex(bigToBytes(value)));
      }),
    );
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(toHex(rlpUint(value))).toBe(toHex(bigToBytes(BigInt(value))));
      }),
    );
    for (const value of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => rlpUint(value)).toThrowError(expect.objectContaining({ code: "VALUE_OUT_OF_RANGE" }));
    }
    expect(() => rlpUint(-1n)).toThrowError(expect.objectContaining({ code: "VALUE_OUT_OF_RANGE" }));
  });
});

describe("RlpReader", () => {
  it("reads integers up to 2^53 - 1 in one form only (SPEC 1.3)", () => {
    const read = (hex: string) => new RlpReader(fromHex(hex)!).uint();
    expect(read("80")).toBe(0);
    expect(read("7f")).toBe(127);
    expect(read("871fffffffffffff")).toBe(Number.MAX_SAFE_INTEGER);
    expect(read("8720000000000000")).toBe(-1);
    expect(read("00")).toBe(-1);
    expect(read("820001")).toBe(-1);
    expect(read("c0")).toBe(-1);
    expect(read("")).toBe(-1);
  });

  it("keeps to its window", () => {
    const reader = new RlpReader(fromHex("83010203")!, 0, 3);
    expect(reader.next()).toBe(false);
  });
});
