import { keyNumber } from "@fb/storage-amdb";
import type { Height } from "@fb/types";

/** One UTF-16 unit a byte, for keys of maps and sets. */
export function binaryKey(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

/** Inverse of `nodeKey`; null for bytes that it never makes (SPEC 2.2). */
export function parseNodeKey(key: Uint8Array): { height: Height; owner: Uint8Array; depth: number } | null {
  const ownerLength = key[8];
  if (ownerLength !== 0 && ownerLength !== 20) return null;
  const depth = key[9 + ownerLength];
  if (depth === undefined || depth > 64 || key.length !== 10 + ownerLength + ((depth + 1) >> 1)) return null;
  if (depth % 2 === 1 && (key[key.length - 1]! & 15) !== 0) return null;
  return { height: keyNumber(key.subarray(0, 8)), owner: key.subarray(9, 9 + ownerLength), depth };
}
