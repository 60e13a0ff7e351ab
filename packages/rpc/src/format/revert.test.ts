import { fromHex } from "@fb/types";
import { AbiCoder, concat, getBytes } from "ethers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { callFailed, revertReason } from "./revert.ts";

const abi = AbiCoder.defaultAbiCoder();

describe("revertReason", () => {
  it("reads what Solidity writes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(revertReason(getBytes(concat(["0x08c379a0", abi.encode(["string"], [text])])))).toBe(text);
      }),
    );
    expect(revertReason(getBytes(concat(["0x4e487b71", abi.encode(["uint256"], [0x11])])))).toBe("panic code 0x11");
  });

  it("has no reason for anything else, and never throws", () => {
    for (const text of [
      "",
      "08c379a0",
      "deadbeef",
      `08c379a0${"ff".repeat(64)}`,
      `08c379a0${"00".repeat(31)}20${"ff".repeat(32)}`,
    ]) {
      expect(revertReason(fromHex(text)!)).toBeNull();
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
        revertReason(Uint8Array.of(0x08, 0xc3, 0x79, 0xa0, ...tail));
      }),
    );
  });

  it("makes errors that clients recognise", () => {
    expect(callFailed(22, new Uint8Array(0)).body).toEqual({ code: 3, message: "execution reverted", data: "0x" });
    expect(callFailed(7, new Uint8Array(0)).body.message).toContain("insufficient funds");
    expect(callFailed(31, new Uint8Array(0)).body).toMatchObject({
      code: -32000,
      data: { code: "accountFrozen", status: 31 },
    });
  });
});
