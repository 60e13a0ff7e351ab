import { MODULES, type ModuleName, toHex } from "@fb/types";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeControl, decodeOpen, encodeControl, encodeOpen, OPEN_FRAME_BYTES } from "./frames.ts";

describe("open frame (SPEC 4.1)", () => {
  it("has a frozen encoding of fixed size", () => {
    expect(toHex(encodeOpen({ type: "channel", groupId: 0x1234, module: "txs" }))).toBe("0103123400000000");
    expect(toHex(encodeOpen({ type: "control" }))).toBe("0100000000000000");
  });

  it("gives back what was encoded, and null for any other eight bytes", () => {
    for (const module of Object.keys(MODULES) as ModuleName[]) {
      for (const groupId of [1, 255, 256, 32767]) {
        const purpose = { type: "channel", groupId, module } as const;
        expect(decodeOpen(encodeOpen(purpose))).toEqual(purpose);
      }
    }
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 10 }), (bytes) => {
        const purpose = decodeOpen(bytes);
        if (purpose !== null) expect(encodeOpen(purpose)).toEqual(bytes);
      }),
    );
    const bad = ["0203123400000000", "0104123400000000", "0103000000000000", "0103800000000000", "0103123400000001"];
    for (const hex of bad) expect(decodeOpen(Uint8Array.from(Buffer.from(hex, "hex")))).toBeNull();
    expect(encodeOpen({ type: "control" })).toHaveLength(OPEN_FRAME_BYTES);
  });
});

describe("control frame (SPEC 4.3)", () => {
  it("has a frozen encoding", () => {
    expect(toHex(encodeControl({ type: "ping", value: 7 }))).toBe("0100000007");
    expect(toHex(encodeControl({ type: "bye", value: 11 }))).toBe("030000000b");
  });

  it("gives back what was encoded, and null for unknown types", () => {
    for (const type of ["ping", "pong", "bye"] as const) {
      expect(decodeControl(encodeControl({ type, value: 0xffffffff }))).toEqual({ type, value: 0xffffffff });
    }
    expect(decodeControl(Uint8Array.of(0, 0, 0, 0, 0))).toBeNull();
    expect(decodeControl(Uint8Array.of(4, 0, 0, 0, 0))).toBeNull();
    expect(decodeControl(new Uint8Array(0))).toBeNull();
  });
});
