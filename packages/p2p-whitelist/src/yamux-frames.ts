/** The frames of yamux, version 0, as the guard and hostile peers of tests see them (SPEC 2.3). */
export const FRAME_HEADER_BYTES = 12;
export const FRAME = { data: 0, windowUpdate: 1, ping: 2, goAway: 3 } as const;
export const FLAG = { syn: 1, ack: 2, fin: 4, rst: 8 } as const;

/**
 * One frame: version(1) type(1) flags(2) stream(4) length(4), big endian, and the body of a data frame. `length` is what
 * the header announces: bytes of a body, bytes a window grows by, or the value of a ping or goodbye.
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
