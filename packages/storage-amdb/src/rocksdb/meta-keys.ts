/** Keys of the store's own (SPEC 2.4): they begin with a zero byte, which no table name does. */
export const META_KEYS = {
  format: metaKey("format"),
  height: metaKey("height"),
  /** There while the store is being filled. */
  filling: metaKey("filling"),
} as const;

function metaKey(name: string): Uint8Array {
  return Uint8Array.from(`\0${name}`, (char) => char.charCodeAt(0));
}
