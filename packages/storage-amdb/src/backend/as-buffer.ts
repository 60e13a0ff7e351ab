/** V8 keeps arrays up to this length in its own heap. */
const SHORT_BYTES = 64;

/**
 * What libraries of Node take: a view, but for short data: to look at its memory V8 would move it out of its heap, while
 * Node has room for a copy.
 */
export function asBuffer(data: Uint8Array): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return data.length > SHORT_BYTES ? Buffer.from(data.buffer, data.byteOffset, data.length) : Buffer.from(data);
}
