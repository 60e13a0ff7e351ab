import { storageError } from "@fb/storage-amdb";
import { concatBytes, type Height, type RlpItem, type RowFields, rlpDecode } from "@fb/types";
import { fromHexPrefix, hexPrefix } from "./nibbles.ts";
import { Branch, type Child, Extension, Leaf, type Node, NodeRef } from "./node.ts";

/** RLP of a node whose children are hashed (yellow paper, appendix D). */
export function encodeNode(node: Node): Uint8Array {
  if (node instanceof Leaf) return encodePair(hexPrefix(node.path, true), stringSize(node.value), node.value, true);
  if (node instanceof Extension) {
    const ref = refOf(node.child);
    return encodePair(hexPrefix(node.path, false), refSize(ref), ref, ref.length === 32);
  }
  let payload = 1;
  for (const child of node.children) payload += child === null ? 1 : refSize(refOf(child));
  const out = new Uint8Array(headSize(payload) + payload);
  let at = writeHead(out, 0, payload, 0xc0);
  for (const child of node.children) {
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
export function encodeRow(node: Node, rlp: Uint8Array): RowFields {
  const children = storedChildren(node);
  const heights = new Uint8Array(6 * children.length);
  const view = new DataView(heights.buffer);
  children.forEach((child, i) => {
    view.setUint16(6 * i, Math.floor(child.height / 0x1_0000_0000));
    view.setUint32(6 * i + 2, child.height >>> 0);
  });
  return [rlp, heights];
}

/** Children with rows of their own, in the order of their heights in the row. */
export function storedChildren(node: Node): Child[] {
  if (node instanceof Leaf) return node.storage === null ? [] : [node.storage];
  const children = node instanceof Extension ? [node.child] : node.children;
  return children.filter((child): child is Child => child !== null && refOf(child).length === 32);
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
    if (item.length === 17) return new Branch(item.slice(0, 16).map(toChild), height, own, used);
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

function encodePair(key: Uint8Array, secondSize: number, second: Uint8Array, isString: boolean): Uint8Array {
  const payload = stringSize(key) + secondSize;
  const out = new Uint8Array(headSize(payload) + payload);
  let at = writeHead(out, 0, payload, 0xc0);
  at = writeString(out, at, key);
  if (isString) writeString(out, at, second);
  else out.set(second, at);
  return out;
}

function stringSize(bytes: Uint8Array): number {
  return bytes.length === 1 && bytes[0]! < 0x80 ? 1 : headSize(bytes.length) + bytes.length;
}

function writeString(out: Uint8Array, start: number, bytes: Uint8Array): number {
  const at = bytes.length === 1 && bytes[0]! < 0x80 ? start : writeHead(out, start, bytes.length, 0x80);
  out.set(bytes, at);
  return at + bytes.length;
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
