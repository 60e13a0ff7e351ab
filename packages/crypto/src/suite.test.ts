import { bigTo32, type CryptoSuite, fromHex, isCode, toHex } from "@fb/types";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { createCryptoSuite } from "./index.ts";
import { createCryptoSuite as createNative } from "./native.ts";
import { createCryptoSuite as createPortable } from "./portable.ts";

const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

let native: CryptoSuite;
let portable: CryptoSuite;
beforeAll(async () => {
  native = await createNative();
  portable = await createPortable();
});

describe("known answers", () => {
  const key = bigTo32(1n);

  it("hashes with keccak256, not sha3", () => {
    for (const suite of [native, portable]) {
      expect(toHex(suite.hash(new Uint8Array(0)))).toBe(
        "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
      );
    }
  });

  it("returns the generator for key 1", () => {
    for (const suite of [native, portable]) {
      expect(toHex(suite.publicKey(key))).toBe(
        "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
      );
    }
  });

  it("signs like RFC 6979 (key 1, sha256 of 'Satoshi Nakamoto')", () => {
    const digest = fromHex("a0dc65ffca799873cbea0ac274015b9526505daaaed385155425f7337704883e")!;
    const expected =
      "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8" +
      "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5";
    for (const suite of [native, portable]) expect(toHex(suite.sign(digest, key)).slice(0, 128)).toBe(expected);
  });

  it("hands out fresh results", () => {
    const first = native.hash(Uint8Array.of(1));
    const copy = toHex(first);
    native.hash(Uint8Array.of(2));
    expect(toHex(first)).toBe(copy);
  });
});

describe("native and portable agree", () => {
  it("on hashes of any length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70_000, size: "max" }), (data) => {
        expect(native.hash(data)).toEqual(portable.hash(data));
      }),
      { numRuns: 30 },
    );
    for (const length of [0, 1, 134, 135, 136, 137, 271, 272, 273, 16_384, 16_385, 200_000]) {
      const data = new Uint8Array(length).fill(length & 255);
      expect(toHex(native.hash(data))).toBe(toHex(portable.hash(data)));
    }
  });

  it("on signatures, keys, verification and recovery", () => {
    const key = fc.bigInt({ min: 1n, max: N - 1n }).map(bigTo32);
    fc.assert(
      fc.property(key, bytes(32), (privateKey, digest) => {
        const signature = native.sign(digest, privateKey);
        const publicKey = native.publicKey(privateKey);
        expect(portable.sign(digest, privateKey)).toEqual(signature);
        expect(portable.publicKey(privateKey)).toEqual(publicKey);
        for (const suite of [native, portable]) {
          expect(suite.recover(digest, signature)).toEqual(publicKey);
          expect(suite.verify(digest, signature, publicKey)).toBe(true);
        }
      }),
      { numRuns: 25 },
    );
  });

  it("on arbitrary and edge-valued signatures", () => {
    const scalar = fc.oneof(
      bytes(32),
      fc.constantFrom(0n, 1n, 2n, N / 2n, N / 2n + 1n, N - 1n, N, N + 1n, 2n ** 256n - 1n).map(bigTo32),
    );
    const parity = fc.constantFrom(0, 1, 2, 3, 27, 255);
    fc.assert(
      fc.property(scalar, scalar, scalar, parity, (digest, r, s, v) => {
        const signature = Uint8Array.from([...r, ...s, v]);
        const recovered = native.recover(digest, signature);
        expect(portable.recover(digest, signature)).toEqual(recovered);
        if (recovered === null) return;
        const low = BigInt(`0x${toHex(s)}`) <= N / 2n;
        for (const suite of [native, portable]) expect(suite.verify(digest, signature, recovered)).toBe(low);
      }),
      { numRuns: 150 },
    );
  });

  it("on inputs of the wrong length", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 70 }),
        fc.uint8Array({ maxLength: 70 }),
        fc.uint8Array({ maxLength: 70 }),
        (d, s, p) => {
          for (const suite of [native, portable]) {
            if (d.length !== 32 || s.length !== 65) expect(suite.recover(d, s)).toBeNull();
            expect(suite.verify(d, s, p)).toBe(false);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it("on private keys that are none", () => {
    for (const suite of [native, portable]) {
      for (const key of [
        bigTo32(0n),
        bigTo32(N),
        bigTo32(2n ** 256n - 1n),
        new Uint8Array(31),
        new Uint8Array(33).fill(1),
      ]) {
        expect(() => suite.publicKey(key)).toThrowError(expect.objectContaining({ code: "CRYPTO_INVALID_KEY" }));
        expect(() => suite.sign(new Uint8Array(32), key)).toThrowError(
          expect.objectContaining({ code: "CRYPTO_INVALID_KEY" }),
        );
      }
      expect(() => suite.sign(new Uint8Array(31), bigTo32(1n))).toThrowError(
        expect.objectContaining({ code: "CRYPTO_INVALID_DIGEST" }),
      );
    }
  });
});

describe("verify", () => {
  it("refuses the other parity, high s, another digest and another key (types SPEC 5.4)", () => {
    const key = bigTo32(77n);
    const digest = native.hash(Uint8Array.of(9));
    const signature = native.sign(digest, key);
    const publicKey = native.publicKey(key);
    const flipped = Uint8Array.from(signature);
    flipped[64]! ^= 1;
    const s = BigInt(`0x${toHex(signature.subarray(32, 64))}`);
    const high = Uint8Array.from([...signature.subarray(0, 32), ...bigTo32(N - s), signature[64]! ^ 1]);
    for (const suite of [native, portable]) {
      expect(suite.recover(digest, high)).toEqual(publicKey);
      expect(suite.verify(digest, high, publicKey)).toBe(false);
      expect(suite.verify(digest, flipped, publicKey)).toBe(false);
      expect(suite.verify(native.hash(digest), signature, publicKey)).toBe(false);
      expect(suite.verify(digest, signature, native.publicKey(bigTo32(78n)))).toBe(false);
    }
  });
});

describe("createCryptoSuite", () => {
  it("prefers the native suite", async () => {
    expect((await createCryptoSuite()).name).toBe(native.name);
  });

  it("tells errors by code", () => {
    try {
      native.publicKey(new Uint8Array(32));
      expect.unreachable();
    } catch (error) {
      expect(isCode(error, "CRYPTO_INVALID_KEY")).toBe(true);
    }
  });
});
