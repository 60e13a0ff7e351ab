import type { Height } from "@fb/types";
import { type Allocate, allocate } from "./slab.ts";

/**
 * Storage key of a node (SPEC 2): creation height (8 bytes), length of the owner (0 or 20) and owner, number of path
 * nibbles and the path packed, the last half byte zero. Nodes of one block lie side by side.
 *
 * @param path nibbles from the root of the trie to the node; more may follow
 */
export function nodeKey(
  height: Height,
  owner: Uint8Array,
  path: Uint8Array,
  depth: number,
  alloc: Allocate = allocate,
): Uint8Array {
  const key = alloc(10 + owner.length + ((depth + 1) >> 1));
  writeNumber(key, Math.floor(height / 0x1_0000_0000), 0);
  writeNumber(key, height, 4);
  key[8] = owner.length;
  key.set(owner, 9);
  let at = 9 + owner.length;
  key[at++] = depth;
  for (let i = 0; i < depth; i += 2) key[at++] = (path[i]! << 4) | (i + 1 < depth ? path[i + 1]! : 0);
  return key;
}

function writeNumber(out: Uint8Array, value: number, at: number): void {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}

/** Keys end to end, each after its length in one byte. */
export function packKeys(keys: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const key of keys) length += 1 + key.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const key of keys) {
    out[at++] = key.length;
    out.set(key, at);
    at += key.length;
  }
  return out;
}

/** Inverse of {@link packKeys}; null when the bytes are cut. */
export function unpackKeys(packed: Uint8Array): Uint8Array[] | null {
  const keys: Uint8Array[] = [];
  for (let at = 0; at < packed.length; ) {
    const end = at + 1 + packed[at]!;
    if (end > packed.length) return null;
    keys.push(packed.slice(at + 1, end));
    at = end;
  }
  return keys;
}
