import { EMPTY } from "./bytes.ts";
import type { TypesErrorCode } from "./codes.ts";
import { FbError } from "./errors.ts";
import { LIST_BASE, rlpHeadSize, STRING_BASE, writeRlpHead } from "./rlp-head.ts";
import { RlpReader } from "./rlp-reader.ts";

/** Bytes, or a list of items. */
export type RlpItem = Uint8Array | readonly RlpItem[];

/** Lists nested deeper than this are refused. */
export const MAX_RLP_DEPTH = 32;
/** More items than these, lists among them, are refused by {@link rlpDecode}. */
export const MAX_RLP_ITEMS = 16_384;

const SMALL = Array.from({ length: 128 }, (_, value) => (value === 0 ? EMPTY : Uint8Array.of(value)));

/** RLP of an item (SPEC 1; yellow paper, appendix B). */
export function rlpEncode(item: RlpItem): Uint8Array {
  const sizes: number[] = [];
  const out = new Uint8Array(measure(item, sizes));
  write(item, out, 0, sizes, { next: 0 });
  return out;
}

/**
 * The item that `bytes` encode; byte items are views. Throws RLP_INVALID unless `bytes` are exactly the canonical
 * encoding of one item, nested at most {@link MAX_RLP_DEPTH} deep, of {@link MAX_RLP_ITEMS} items at most. What has more
 * is read with an {@link RlpReader}, which builds nothing.
 */
export function rlpDecode(bytes: Uint8Array): RlpItem {
  const reader = new RlpReader(bytes);
  const item = decodeItem(reader, 0, { left: MAX_RLP_ITEMS });
  if (item === null || !reader.done) throw new FbError<TypesErrorCode>("RLP_INVALID", "not one canonical RLP item");
  return item;
}

/** The minimal big-endian bytes of a non-negative integer: how integers stand in RLP. */
export function rlpUint(value: number | bigint): Uint8Array {
  if (typeof value === "bigint") {
    if (value >= 0n && value <= 0xffffffffn) return rlpUint(Number(value));
    if (value < 0n) throw outOfRange(value);
    let length = 0;
    for (let rest = value; rest > 0n; rest >>= 32n) length += 4;
    const out = new Uint8Array(length);
    let at = length;
    for (let rest = value; rest > 0n; rest >>= 32n) {
      at -= 4;
      writeUint32(out, at, Number(rest & 0xffffffffn));
    }
    let zeros = 0;
    while (out[zeros] === 0) zeros++;
    return zeros === 0 ? out : out.slice(zeros);
  }
  if (!Number.isSafeInteger(value) || value < 0) throw outOfRange(value);
  if (value < 128) return SMALL[value]!;
  let length = 0;
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) length++;
  const out = new Uint8Array(length);
  for (let rest = value, i = length - 1; i >= 0; i--, rest = Math.floor(rest / 256)) out[i] = rest % 256;
  return out;
}

function outOfRange(value: number | bigint): FbError<TypesErrorCode> {
  return new FbError("VALUE_OUT_OF_RANGE", "not a non-negative integer", { value: String(value) });
}

function writeUint32(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}

/** Encoded length of an item; payload lengths of its lists go to `sizes` in the order in which `write` meets them. */
function measure(item: RlpItem, sizes: number[]): number {
  if (item instanceof Uint8Array) {
    if (item.length === 1 && item[0]! < 0x80) return 1;
    return rlpHeadSize(item.length) + item.length;
  }
  const slot = sizes.length;
  sizes.push(0);
  let payload = 0;
  for (const element of item) payload += measure(element, sizes);
  sizes[slot] = payload;
  return rlpHeadSize(payload) + payload;
}

function write(
  item: RlpItem,
  out: Uint8Array,
  start: number,
  sizes: readonly number[],
  cursor: { next: number },
): number {
  if (item instanceof Uint8Array) {
    if (item.length === 1 && item[0]! < 0x80) {
      out[start] = item[0]!;
      return start + 1;
    }
    const at = writeRlpHead(out, start, item.length, STRING_BASE);
    out.set(item, at);
    return at + item.length;
  }
  let at = writeRlpHead(out, start, sizes[cursor.next++]!, LIST_BASE);
  for (const element of item) at = write(element, out, at, sizes, cursor);
  return at;
}

function decodeItem(reader: RlpReader, depth: number, budget: { left: number }): RlpItem | null {
  if (depth > MAX_RLP_DEPTH || budget.left-- === 0 || !reader.next()) return null;
  if (!reader.isList) return reader.bytes.subarray(reader.from, reader.to);
  const inner = new RlpReader(reader.bytes, reader.from, reader.to);
  const items: RlpItem[] = [];
  while (!inner.done) {
    const item = decodeItem(inner, depth + 1, budget);
    if (item === null) return null;
    items.push(item);
  }
  return items;
}
