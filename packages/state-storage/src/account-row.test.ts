import { isCode, toHex } from "@fb/types";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeAccount, encodeAccount } from "./account-row.ts";

const account = fc.record({
  nonce: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  balance: fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 2n ** 256n - 1n })),
  codeHash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
});

describe("account row (SPEC 1)", () => {
  it("comes back (SPEC 1.1)", () => {
    fc.assert(
      fc.property(account, (value) => {
        expect(decodeAccount([encodeAccount(value)])).toEqual(value);
      }),
    );
  });

  it("is refused when it is anything this program does not write", () => {
    fc.assert(
      fc.property(account, fc.nat(), fc.nat(255), fc.nat(2), (value, at, byte, how) => {
        const encoded = encodeAccount(value);
        const bytes = how === 0 ? encoded.slice(0, at % encoded.length) : encoded.slice();
        if (how > 0) bytes[at % encoded.length] = byte;
        try {
          expect(toHex(encodeAccount(decodeAccount([bytes])))).toBe(toHex(bytes));
        } catch (error) {
          if (!isCode(error, "STORAGE_CORRUPT")) throw error;
        }
      }),
      { numRuns: 2000 },
    );
    expect(() => decodeAccount([])).toThrow(expect.objectContaining({ code: "STORAGE_CORRUPT" }));
  });
});
