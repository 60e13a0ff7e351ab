import { fromHex, toHex } from "@fb/types";
import { AbiCoder } from "ethers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AbiType, type AbiValue, decodeArguments, decodeError, encodeError, encodeValues } from "./abi.ts";

const oracle = AbiCoder.defaultAbiCoder();
const arbitrary: Readonly<Record<AbiType, fc.Arbitrary<AbiValue>>> = {
  string: fc.string({ unit: "grapheme", maxLength: 100 }),
  bytes: fc.uint8Array({ maxLength: 100 }),
  address: fc.uint8Array({ minLength: 20, maxLength: 20 }),
  uint256: fc.bigInt(0n, 2n ** 256n - 1n),
  int256: fc.bigInt(-(2n ** 255n), 2n ** 255n - 1n),
  bool: fc.boolean(),
  bytes32: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  "bytes1[64]": fc.uint8Array({ minLength: 64, maxLength: 64 }),
};
const types = fc.array(fc.constantFrom(...(Object.keys(arbitrary) as AbiType[])), { maxLength: 6 });
const typed = types.chain((list) => fc.tuple(fc.constant(list), fc.tuple(...list.map((type) => arbitrary[type]))));

function forOracle(type: AbiType, value: AbiValue): unknown {
  if (type === "bytes1[64]") return Array.from(value as Uint8Array, (byte) => Uint8Array.of(byte));
  return type === "address" ? `0x${toHex(value as Uint8Array)}` : value;
}

describe("ABI", () => {
  it("encodes and decodes as ethers does", () => {
    fc.assert(
      fc.property(typed, ([list, values]) => {
        const encoded = encodeValues(list, values);
        const expected = oracle.encode(
          list,
          values.map((value, i) => forOracle(list[i]!, value)),
        );
        expect(`0x${toHex(encoded)}`).toBe(expected);
        expect(decodeArguments(list, encoded)).toEqual(values);
      }),
    );
  });

  it("survives any bytes: it decodes what ethers decodes to the same values, or nothing", () => {
    const word = fc.oneof(
      fc.constantFrom(0, 32, 64, 96, 1, 2 ** 31 - 1).map((value) => fromHex(value.toString(16).padStart(64, "0"))!),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
    );
    const data = fc.tuple(fc.array(word, { maxLength: 6 }), fc.uint8Array({ maxLength: 31 }));
    fc.assert(
      fc.property(types, data, (list, [words, tail]) => {
        const input = Uint8Array.from([...words.flatMap((part) => [...part]), ...tail]);
        const decoded = decodeArguments(list, input);
        if (decoded === null) return;
        const again = decodeArguments(list, encodeValues(list, decoded));
        expect(again).toEqual(decoded);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each<[string, AbiType, string]>([
    ["an offset beyond the data", "string", "20".padStart(64, "0")],
    ["a length beyond the data", "bytes", "20".padStart(64, "0") + "05".padStart(64, "0")],
    ["a huge length", "bytes", "20".padStart(64, "0") + "f".repeat(64)],
    ["a missing word", "uint256", "00".repeat(31)],
    ["dirty high bytes of an address", "address", "01".padEnd(64, "0")],
    ["dirty low bytes of a bytes1", "bytes1[64]", "0101".padEnd(64 * 64, "0")],
    ["a bool of 2", "bool", "2".padStart(64, "0")],
    ["bytes that are not UTF-8", "string", "20".padStart(64, "0") + "01".padStart(64, "0") + "ff".padEnd(64, "0")],
  ])("refuses %s", (_, type, hex) => {
    expect(decodeArguments([type], fromHex(hex)!)).toBeNull();
  });

  it("writes reasons as Solidity does", () => {
    const data = encodeError("no");
    expect(toHex(data)).toBe(
      ["08c379a0", "20".padStart(64, "0"), "2".padStart(64, "0"), "6e6f".padEnd(64, "0")].join(""),
    );
    expect(decodeError(data)).toBe("no");
    expect(decodeError(data.subarray(1))).toBeNull();
    expect(decodeError(data.subarray(0, 50))).toBeNull();
  });
});
