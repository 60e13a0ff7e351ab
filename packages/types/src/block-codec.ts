import type { TypesErrorCode } from "./codes.ts";
import { FbError } from "./errors.ts";
import type { Block, BlockHeader } from "./header.ts";
import { decodeHeader, encodeHeader } from "./header-codec.ts";
import { MAX_TRANSACTION_BYTES } from "./tx.ts";

/** What a decoder accepts; a group's own limits are tighter. */
export interface BlockLimits {
  /** Encoded block in bytes. */
  readonly maxBytes: number;
  readonly maxTransactions: number;
}

/** Its length and one byte. */
const MIN_TRANSACTION_SPACE = 5;

/** Flat layout of a block (SPEC 3): header, count, then each raw transaction, all with 32-bit lengths. */
export function encodeBlock(block: Block): Uint8Array {
  const header = encodeHeader(block.header);
  let length = 8 + header.length;
  for (const raw of block.transactions) length += 4 + raw.length;
  if (length > 0xffffffff) throw new FbError<TypesErrorCode>("VALUE_OUT_OF_RANGE", "a block is too long", { length });
  const out = new Uint8Array(length);
  const view = new DataView(out.buffer);
  view.setUint32(0, header.length);
  out.set(header, 4);
  let at = 4 + header.length;
  view.setUint32(at, block.transactions.length);
  at += 4;
  for (const raw of block.transactions) {
    view.setUint32(at, raw.length);
    out.set(raw, at + 4);
    at += 4 + raw.length;
  }
  return out;
}

/** The header of the block in `bytes`; null when there is none. The rest is not looked at. */
export function decodeBlockHeader(bytes: Uint8Array): BlockHeader | null {
  const headerEnd = endOfHeader(bytes);
  return headerEnd === null ? null : decodeHeader(bytes.subarray(4, headerEnd));
}

/** The block in `bytes`, transactions as views; null when they are malformed or exceed a limit. */
export function decodeBlock(bytes: Uint8Array, limits: BlockLimits): Block | null {
  if (bytes.length > limits.maxBytes) return null;
  const headerEnd = endOfHeader(bytes);
  const header = headerEnd === null ? null : decodeHeader(bytes.subarray(4, headerEnd));
  if (headerEnd === null || header === null) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(headerEnd);
  let at = headerEnd + 4;
  if (count > limits.maxTransactions || count > (bytes.length - at) / MIN_TRANSACTION_SPACE) return null;
  const transactions: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    if (at + 4 > bytes.length) return null;
    const length = view.getUint32(at);
    const end = at + 4 + length;
    if (length === 0 || length > MAX_TRANSACTION_BYTES || end > bytes.length) return null;
    transactions.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return at === bytes.length ? { header, transactions } : null;
}

/** Where the count follows; null when there is no room for one. */
function endOfHeader(bytes: Uint8Array): number | null {
  if (bytes.length < 8) return null;
  const end = 4 + new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
  return end + 4 > bytes.length ? null : end;
}
