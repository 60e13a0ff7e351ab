/** The frames of yamux, version 0, as the guard and hostile peers of tests see them (SPEC 2.3). */
export const FRAME_HEADER_BYTES = 12;
export const FRAME = { data: 0, windowUpdate: 1, ping: 2, goAway: 3 } as const;
export const FLAG = { syn: 1, ack: 2, fin: 4, rst: 8 } as const;
export const ALL_FLAGS = FLAG.syn | FLAG.ack | FLAG.fin | FLAG.rst;

export interface FrameHeader {
  readonly version: number;
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  /** Bytes of the body of a data frame, bytes a window grows by, or the value of a ping or goodbye. */
  readonly length: number;
}

/** Reads the header at `at`; the caller has checked that it is whole. */
export function decodeFrameHeader(bytes: Uint8Array, at = 0): FrameHeader {
  const byte = (offset: number) => bytes[at + offset]!;
  const word = (offset: number) =>
    ((byte(offset) << 24) | (byte(offset + 1) << 16) | (byte(offset + 2) << 8) | byte(offset + 3)) >>> 0;
  return { version: byte(0), type: byte(1), flags: (byte(2) << 8) | byte(3), streamId: word(4), length: word(8) };
}

/**
 * One frame: version(1) type(1) flags(2) stream(4) length(4), big endian, and the body of a data frame. `length` is what
 * the header announces, whatever the body has.
 */
export function encodeFrame(
  type: number,
  flags: number,
  streamId: number,
  length: number,
  body: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(1, type);
  view.setUint16(2, flags);
  view.setUint32(4, streamId);
  view.setUint32(8, length);
  bytes.set(body, FRAME_HEADER_BYTES);
  return bytes;
}
