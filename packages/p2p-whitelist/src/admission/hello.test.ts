import { toHex } from "@fb/types";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeHello, encodeHello, MAX_HELLO_BYTES } from "./hello.ts";
import { ADMISSION_REASONS, reasonName } from "./reasons.ts";

describe("hello frame (SPEC 3.2)", () => {
  it("has a frozen encoding", () => {
    const bytes = encodeHello({
      minVersion: 1,
      maxVersion: 2,
      chainId: 0x01020304,
      chain: [Uint8Array.of(0xaa, 0xbb)],
    });
    expect(toHex(bytes)).toBe("46425032" + "0001" + "0002" + "01020304" + "01" + "0002aabb");
  });

  it("gives back what was encoded", () => {
    const certificate = fc.uint8Array({ minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffff }),
        fc.nat(100),
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.array(certificate, { minLength: 1, maxLength: 4 }),
        (low, range, chainId, chain) => {
          const hello = { minVersion: low, maxVersion: Math.min(0xffff, low + range), chainId, chain };
          expect(decodeHello(encodeHello(hello))).toEqual(hello);
        },
      ),
    );
  });

  it("refuses every cut, addition and oversized frame", () => {
    const good = encodeHello({ minVersion: 1, maxVersion: 1, chainId: 1, chain: [new Uint8Array(300).fill(7)] });
    for (let length = 0; length < good.length; length++) expect(decodeHello(good.subarray(0, length))).toBeNull();
    expect(decodeHello(Uint8Array.from([...good, 0]))).toBeNull();
    expect(decodeHello(new Uint8Array(MAX_HELLO_BYTES + 1))).toBeNull();
  });
});

describe("reasons (SPEC 3.3)", () => {
  it("have frozen codes", () => {
    expect(Object.entries(ADMISSION_REASONS).map(([name, code]) => `${code} ${name}`)).toEqual([
      "0 OK",
      "1 MALFORMED",
      "2 VERSION",
      "3 CHAIN_ID",
      "4 SELF",
      "5 CERT_MALFORMED",
      "6 FOREIGN_CA",
      "7 CERT_CHAIN",
      "8 CERT_EXPIRED",
      "9 CERT_NOT_YET_VALID",
      "10 KEY_MISMATCH",
      "11 BLACKLISTED",
      "12 NOT_WHITELISTED",
      "13 TOO_MANY_PEERS",
      "14 DUPLICATE",
      "15 SHUTDOWN",
      "16 CERT_USAGE",
      "17 CERT_UNSUPPORTED",
      "18 AGENCY_QUOTA",
    ]);
    expect(reasonName(6)).toBe("FOREIGN_CA");
    expect(reasonName(200)).toBe("UNKNOWN");
  });
});
