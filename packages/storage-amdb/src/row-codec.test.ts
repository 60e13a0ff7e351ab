import { readFileSync } from "node:fs";
import { compareBytes, fromHex, isCode, toHex } from "@fb/types";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeFields, decodeRowKey, encodeFields, encodeKey, encodeRowKey, tablePrefix } from "./row-codec.ts";

interface Vectors {
  readonly keys: readonly { table: string; key: string; row: number; encoded: string }[];
  readonly values: readonly { fields: readonly string[]; encoded: string }[];
}
const vectors: Vectors = JSON.parse(readFileSync(new URL("../testdata/rows.json", import.meta.url), "utf8"));

const prefix = tablePrefix("u_t");
// Mostly small alphabets and lengths around the group size, where an encoding goes wrong if it does.
const key = fc.oneof(
  fc.uint8Array({ maxLength: 20, max: 2 }),
  fc.uint8Array({ maxLength: 20, min: 253 }),
  fc.uint8Array({ maxLength: 255 }),
);
const row = fc.oneof(fc.constant(0), fc.nat(300), fc.maxSafeNat());

describe("row keys (SPEC 2)", () => {
  it.each(vectors.keys)("frozen: $table $key/$row", ({ table, key: plain, row: id, encoded }) => {
    expect(toHex(encodeRowKey(tablePrefix(table), fromHex(plain)!, id))).toBe(encoded);
    expect(decodeRowKey(table.length + 1, fromHex(encoded)!)).toEqual({ key: fromHex(plain)!, row: id });
  });

  it("come back (SPEC 2.1, 2.3)", () => {
    fc.assert(
      fc.property(key, row, (bytes, id) => {
        expect(decodeRowKey(prefix.length, encodeRowKey(prefix, bytes, id))).toEqual({ key: bytes, row: id });
      }),
    );
  });

  it("order like (key, row) (SPEC 2.2)", () => {
    fc.assert(
      fc.property(key, row, key, row, (keyA, rowA, keyB, rowB) => {
        const expected = Math.sign(compareBytes(keyA, keyB)) || Math.sign(rowA - rowB);
        const found = compareBytes(encodeRowKey(prefix, keyA, rowA), encodeRowKey(prefix, keyB, rowB));
        expect(Math.sign(found)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it("of one key are no prefix of another key's (SPEC 2.2)", () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        fc.pre(compareBytes(a, b) !== 0);
        expect(toHex(encodeKey(prefix, b)).startsWith(toHex(encodeKey(prefix, a)))).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it("are refused when they are anything this program does not write", () => {
    const key = Uint8Array.from({ length: 11 }, (_, i) => i);
    const sample = new Uint8Array(encodeRowKey(prefix, key, 77));
    fc.assert(
      fc.property(fc.nat(sample.length - 1), fc.nat(255), fc.nat(3), (at, byte, cut) => {
        const bytes = sample.slice(0, sample.length - cut);
        if (at < bytes.length) bytes[at] = byte;
        expectCanonical(
          () => decodeRowKey(prefix.length, bytes),
          (decoded) => encodeRowKey(bytes.slice(0, prefix.length), decoded.key, decoded.row),
          bytes,
        );
      }),
      { numRuns: 3000 },
    );
  });

  it.each(["", "x_1", "u_", "u_A", "u_a\0b", "u__a", `u_${"a".repeat(49)}`, "c_", `c_${"a".repeat(41)}`, "_sys_"])(
    "need a proper table: %j",
    (table) => expect(() => tablePrefix(table)).toThrow(expect.objectContaining({ code: "ROW_INVALID" })),
  );
});

describe("row values (SPEC 3)", () => {
  it.each(vectors.values)("frozen: $fields", ({ fields, encoded }) => {
    const bytes = fields.map((field) => fromHex(field)!);
    expect(toHex(encodeFields(bytes))).toBe(encoded);
    expect(decodeFields(fromHex(encoded)!).map(toHex)).toEqual(fields);
  });

  it("come back (SPEC 3.1)", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 200 }), (fields) => {
        expect(decodeFields(encodeFields(fields)).map(toHex)).toEqual(fields.map(toHex));
      }),
    );
  });

  it("are refused when they are anything this program does not write (SPEC 3.1)", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40, max: 140 }), (bytes) => {
        expectCanonical(() => decodeFields(bytes), encodeFields, bytes);
      }),
      { numRuns: 5000 },
    );
  });
});

/** Decoding either reports corruption or accepts exactly the bytes that encoding gives. */
function expectCanonical<T>(decode: () => T, encode: (value: T) => Uint8Array, bytes: Uint8Array): void {
  let value: T;
  try {
    value = decode();
  } catch (error) {
    expect(isCode(error, "STORAGE_CORRUPT")).toBe(true);
    return;
  }
  expect(toHex(encode(value))).toBe(toHex(bytes));
}
