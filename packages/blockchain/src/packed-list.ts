/** Items end to end behind 32-bit big-endian lengths, the count first (SPEC 3.1). */
export function packList(items: readonly Uint8Array[]): Uint8Array {
  let length = 4;
  for (const item of items) length += 4 + item.length;
  const out = new Uint8Array(length);
  const view = new DataView(out.buffer);
  view.setUint32(0, items.length);
  let at = 4;
  for (const item of items) {
    view.setUint32(at, item.length);
    out.set(item, at + 4);
    at += 4 + item.length;
  }
  return out;
}

/** The items as views; null unless the bytes are exactly a packed list. */
export function unpackList(bytes: Uint8Array): Uint8Array[] | null {
  if (bytes.length < 4) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(0);
  if (count > (bytes.length - 4) / 4) return null;
  const items: Uint8Array[] = [];
  let at = 4;
  for (let i = 0; i < count; i++) {
    if (at + 4 > bytes.length) return null;
    const end = at + 4 + view.getUint32(at);
    if (end > bytes.length) return null;
    items.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return at === bytes.length ? items : null;
}
