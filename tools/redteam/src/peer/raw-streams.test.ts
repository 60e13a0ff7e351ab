import type { RawPeer } from "@fb/p2p-whitelist/testing";
import { concatBytes, toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { dataFrame, type Frame, negotiation, openFrame, pingFrame, readFrames, resetFrame } from "./raw-streams.ts";

describe("raw streams", () => {
  it("reads frames whatever the cuts of the connection", () => {
    const whole = concatBytes(
      pingFrame(7),
      dataFrame(3, Uint8Array.of(1, 2, 3)),
      dataFrame(5, new Uint8Array(0)),
      resetFrame(3),
    );
    for (const cut of [1, 5, 12, 13, whole.length]) {
      const seen: Frame[] = [];
      let take = (_bytes: Uint8Array): void => {};
      readFrames({ onData: (handler) => (take = handler) } as Partial<RawPeer> as RawPeer, (frame) => seen.push(frame));
      for (let at = 0; at < whole.length; at += cut) take(whole.slice(at, at + cut));
      expect(seen.map(({ type, flags, stream, length, body }) => [type, flags, stream, length, toHex(body)])).toEqual([
        [2, 1, 0, 7, ""],
        [0, 0, 3, 3, "010203"],
        [0, 0, 5, 0, ""],
        [1, 8, 3, 0, ""],
      ]);
    }
  });

  it("speaks the words of the negotiation and the open frame of the protocol", () => {
    expect(Buffer.from(negotiation(7)).toString()).toBe("\x13/multistream/1.0.0\n\x10/fb/7/channel/1\n");
    expect(toHex(openFrame(2, 0x1234))).toBe("0102123400000000");
  });
});
