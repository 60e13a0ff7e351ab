import { storageError } from "@fb/storage-amdb";
import { concatBytes, EMPTY, type Height, type RlpItem, type RowFields, rlpDecode } from "@fb/types";
import { fromHexPrefix, hexPrefixLength, writeHexPrefix } from "./nibbles.ts";
import { Branch, type Child, Extension, Leaf, type Node, NodeRef } from "./node.ts";
import { type Allocate, allocate } from "./slab.ts";

/** RLP of a node whose children are hashed (yellow paper, appendix D). */
export function encodeNode(node: Node, alloc: Allocate = allocate): Uint8Array {
  if (node instanceof Branch) return encodeBranch(node, alloc);
  const keyLength = hexPrefixLength(node.path);
  const keySize = keyLength === 1 ? 1 : 1 + keyLength;
  const isLeaf = node instanceof Leaf;
  const second = isLeaf ? node.value : refOf(node.child);
  // A reference below 32 bytes is RLP already.
  const isString = isLeaf || second.length === 32;
  const payload = keySize + (isString ? stringSize(second) : second.length);
  const out = alloc(headSize(payload) + payload);
  let at = writeHead(out, 0, payload, 0xc0);
  if (keyLength > 1) out[at++] = 0x80 + keyLength;
  writeHexPrefix(out, at, node.path, isLeaf);
  at += keyLength;
  if (isString && !(second.length === 1 && second[0]! < 0x80)) at = writeHead(out, at, second.length, 0x80);
  out.set(second, at);
  return out;
}

function encodeBranch({ children }: Branch, alloc: Allocate): Uint8Array {
  let payload = 1;
  for (let i = 0; i < 16; i++) {
    const child = children[i]!;
    payload += child === null ? 1 : refSize(refOf(child));
  }
  const out = alloc(headSize(payload) + payload);
  let at = writeHead(out, 0, payload, 0xc0);
  for (let i = 0; i < 16; i++) {
    const child = children[i]!;
    if (child === null) out[at++] = 0x80;
    else {
      const ref = refOf(child);
      if (ref.length === 32) out[at++] = 0xa0;
      out.set(ref, at);
      at += ref.length;
    }
  }
  out[at] = 0x80;
  return out;
}

/** The row of a node: its RLP, and 6 bytes of creation height for each child that has a row of its own (SPEC 2). */
export function encodeRow(node: Node, rlp: Uint8Array, alloc: Allocate = allocate): RowFields {
  const children: readonly (Child | null)[] =
    node instanceof Branch ? node.children : [node instanceof Leaf ? node.storage : node.child];
  let count = 0;
  for (const child of children) if (child !== null && refOf(child).length === 32) count++;
  if (count === 0) return [rlp, EMPTY];
  const heights = alloc(6 * count);
  let at = 0;
  for (const child of children) {
    if (child === null || refOf(child).length !== 32) continue;
    const high = Math.floor(child.height / 0x1_0000_0000);
    heights[at] = high >>> 8;
    heights[at + 1] = high;
    heights[at + 2] = child.height >>> 24;
    heights[at + 3] = child.height >>> 16;
    heights[at + 4] = child.height >>> 8;
    heights[at + 5] = child.height;
    at += 6;
  }
  return [rlp, heights];
}

/**
 * Inverse of {@link encodeRow}.
 *
 * @param storageRootOf the storage root inside an account's leaf value, or null when it has no slots; null in storage tries
 */
export function decodeRow(
  fields: RowFields,
  ref: Uint8Array,
  height: Height,
  used: number,
  storageRootOf: ((value: Uint8Array) => Uint8Array | null) | null,
): Node {
  const [rlp, heights] = fields;
  if (rlp === undefined || heights === undefined) throw corrupt();
  const view = new DataView(heights.buffer, heights.byteOffset, heights.length);
  let next = 0;
  const nextHeight = (): Height => {
    if (next + 6 > heights.length) throw corrupt();
    const value = view.getUint16(next) * 0x1_0000_0000 + view.getUint32(next + 2);
    next += 6;
    return value;
  };
  const toChild = (item: RlpItem): Child | null => {
    if (!(item instanceof Uint8Array)) return build(item, rlpOf(item));
    if (item.length === 0) return null;
    if (item.length !== 32) throw corrupt();
    return new NodeRef(item, nextHeight());
  };
  const build = (item: RlpItem, own: Uint8Array): Node => {
    if (item instanceof Uint8Array) throw corrupt();
    if (item.length === 17) {
      const value = item[16]!;
      if (!(value instanceof Uint8Array) || value.length > 0) throw corrupt();
      return new Branch(item.slice(0, 16).map(toChild), height, own, used);
    }
    const [key, rest] = item;
    const decoded = key instanceof Uint8Array ? fromHexPrefix(key) : null;
    if (item.length !== 2 || decoded === null || rest === undefined) throw corrupt();
    if (!decoded.isLeaf) {
      const child = toChild(rest);
      if (child === null) throw corrupt();
      return new Extension(decoded.path, child, height, own, used);
    }
    if (!(rest instanceof Uint8Array)) throw corrupt();
    const storageRoot = storageRootOf?.(rest) ?? null;
    const storage = storageRoot === null ? null : new NodeRef(storageRoot, nextHeight());
    return new Leaf(decoded.path, rest, storage, height, own, used);
  };
  let item: RlpItem;
  try {
    item = rlpDecode(rlp);
  } catch (error) {
    throw storageError("STORAGE_CORRUPT", "trie node is unreadable", {}, error);
  }
  const node = build(item, ref);
  if (next !== heights.length) throw corrupt();
  return node;
}

/** RLP of an embedded node, which is below 32 bytes: heads are one byte. */
function rlpOf(item: RlpItem): Uint8Array {
  if (item instanceof Uint8Array) {
    if (item.length === 1 && item[0]! < 0x80) return item;
    return concatBytes(Uint8Array.of(0x80 + item.length), item);
  }
  const payload = concatBytes(...item.map(rlpOf));
  if (payload.length >= 32) throw corrupt();
  return concatBytes(Uint8Array.of(0xc0 + payload.length), payload);
}

function refOf(child: Child): Uint8Array {
  return child instanceof NodeRef ? child.hash : child.ref!;
}

function refSize(ref: Uint8Array): number {
  return ref.length === 32 ? 33 : ref.length;
}

function stringSize(bytes: Uint8Array): number {
  return bytes.length === 1 && bytes[0]! < 0x80 ? 1 : headSize(bytes.length) + bytes.length;
}

function headSize(length: number): number {
  if (length < 56) return 1;
  return length < 0x100 ? 2 : length < 0x1_0000 ? 3 : 4;
}

function writeHead(out: Uint8Array, at: number, length: number, base: number): number {
  if (length < 56) {
    out[at] = base + length;
    return at + 1;
  }
  const bytes = headSize(length) - 1;
  out[at] = base + 55 + bytes;
  for (let i = 0; i < bytes; i++) out[at + 1 + i] = (length >>> (8 * (bytes - 1 - i))) & 0xff;
  return at + 1 + bytes;
}

function corrupt(): Error {
  return storageError("STORAGE_CORRUPT", "trie node is unreadable");
}
