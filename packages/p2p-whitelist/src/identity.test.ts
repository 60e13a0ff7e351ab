import { fromHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { nodeIdOfCompressedKey, nodeIdOfPrivateKey } from "./identity.ts";
import { provenKeyOf } from "./testing/proven-key.ts";

describe("identity (SPEC 1.1)", () => {
  it("converts between the forms of a key", () => {
    const key = fromHex("11".repeat(32))!;
    const id = nodeIdOfPrivateKey(key)!;
    expect(id).toBe(
      "4f355bdcb7cc0af728ef3cceb9615d90684bb5b2ca5f859ab0f0b704075871aa" +
        "385b6b1b8ead809ca67454d9683fcf2ba03456d6fe2c4abe2b07f0fbdbb2f1c1",
    );
    expect(nodeIdOfCompressedKey(provenKeyOf(id))).toBe(id);
  });

  it("refuses what is no key", () => {
    expect(nodeIdOfPrivateKey(new Uint8Array(32))).toBeNull();
    expect(nodeIdOfPrivateKey(new Uint8Array(31))).toBeNull();
    expect(nodeIdOfCompressedKey(new Uint8Array(33).fill(9))).toBeNull();
  });
});
