/** Keys of the store's own (SPEC 2.4): they begin with a zero byte, which no table name does. */
export const META_KEYS = {
  format: metaKey("format"),
  height: metaKey("height"),
  /** There while the store is being filled. */
  filling: metaKey("filling"),
  /** Master keys that rows may be under (SPEC 5.2). */
  masters: metaKey("masters"),
  /** How far rows were rewritten under the newest (SPEC 5.4). */
  rotation: metaKey("rotation"),
} as const;

function metaKey(name: string): Uint8Array {
  return Uint8Array.from(`\0${name}`, (char) => char.charCodeAt(0));
}
