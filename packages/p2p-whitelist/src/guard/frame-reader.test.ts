import { concatBytes } from "@fb/types";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFrameReader } from "./frame-reader.ts";
import { decodeFrameHeader, encodeFrame, FRAME } from "./yamux-frames.ts";

const { data, windowUpdate } = FRAME;

describe("frame reader", () => {
  const frames = fc.array(
    fc.record({
      type: fc.constantFrom(data, windowUpdate),
      id: fc.nat(100),
      body: fc.uint8Array({ maxLength: 300 }),
    }),
    { maxLength: 20 },
  );

  it("cuts the same frames out of any pieces", () => {
    fc.assert(
      fc.property(frames, fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (list, sizes) => {
        const encoded = list.map(({ type, id, body }) =>
          type === data ? encodeFrame(type, 0, id, body.length, body) : encodeFrame(type, 0, id, body.length),
        );
        const bytes = concatBytes(...encoded);
        const reader = createFrameReader();
        const got: Uint8Array[] = [];
        let headers = 0;
        for (let at = 0; at < bytes.length; ) {
          const size = sizes.next().value!;
          reader.push(bytes.subarray(at, at + size));
          at += size;
          for (let frame = reader.next(count); frame !== null; frame = reader.next(count)) got.push(frame.slice());
        }
        function count() {
          headers++;
          return true;
        }
        expect(got).toEqual(encoded);
        expect(headers).toBe(encoded.length);
        expect(reader.bytes).toBe(0);
        expect(reader.hasMore).toBe(false);
      }),
    );
  });

  it("keeps nothing of a frame that was refused, and holds a partial one once", () => {
    const reader = createFrameReader();
    reader.push(encodeFrame(data, 0, 1, 0xffffffff, new Uint8Array(50)));
    expect(reader.next(({ length }) => length <= 100)).toBeNull();
    reader.clear();
    expect(reader.bytes).toBe(0);
    const bytes = encodeFrame(data, 0, 1, 100, new Uint8Array(100).fill(7));
    for (const byte of bytes.subarray(0, 80)) {
      reader.push(Uint8Array.of(byte));
      expect(reader.next(() => true)).toBeNull();
    }
    expect(reader.bytes).toBe(80);
    reader.push(bytes.subarray(80));
    expect(reader.next(() => true)).toEqual(bytes);
  });

  it("reads headers as they are written", () => {
    fc.assert(
      fc.property(fc.nat(255), fc.nat(0xffff), fc.nat(0xffffffff), fc.nat(0xffffffff), (type, flags, id, length) => {
        const header = decodeFrameHeader(concatBytes(new Uint8Array(3), encodeFrame(type, flags, id, length)), 3);
        expect(header).toEqual({ version: 0, type, flags, streamId: id, length });
      }),
    );
  });
});
