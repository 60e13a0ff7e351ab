import { bigTo32 } from "@fb/types";
import { describe, expect, it, vi } from "vitest";

// A platform without a build of the addon: what the loader meets there is a require that throws.
vi.mock("node:module", () => ({
  createRequire: () => () => {
    throw new Error("no native build was found");
  },
}));

describe("where the addon does not load", () => {
  it("the native entry says so", async () => {
    const { createCryptoSuite } = await import("./native.ts");
    await expect(createCryptoSuite()).rejects.toMatchObject({ code: "CRYPTO_NATIVE_UNAVAILABLE" });
  });

  it("the main entry falls back to the portable suite", async () => {
    const { createCryptoSuite } = await import("./index.ts");
    const suite = await createCryptoSuite();
    expect(suite.name).toBe("secp256k1-keccak256/portable");
    const digest = suite.hash(Uint8Array.of(1));
    expect(suite.verify(digest, suite.sign(digest, bigTo32(1n)), suite.publicKey(bigTo32(1n)))).toBe(true);
  });
});
