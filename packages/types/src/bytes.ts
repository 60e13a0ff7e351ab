import type { Hex } from "./ids.ts";

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));

export const EMPTY = new Uint8Array(0);
export const ZERO_HASH = new Uint8Array(32);

/** Node's own conversion: several times faster than a loop, and its text is in one piece, which map keys need. */
const hexSlice = (globalThis as { Buffer?: { prototype: { hexSlice(this: Uint8Array): Hex } } }).Buffer?.prototype
  .hexSlice;

/** Lowercase hex digits without prefix. */
export function toHex(bytes: Uint8Array): Hex {
  if (hexSlice !== undefined) return hexSlice.call(bytes);
  let out = "";
  for (let i = 0; i < bytes.length; i++) out += HEX[bytes[i]!]!;
  return out;
}

/** Bytes of an even number of hex digits, with or without `0x`; null when the text is anything else. */
export function fromHex(text: string): Uint8Array | null {
  const start = text.startsWith("0x") ? 2 : 0;
  const digits = text.length - start;
  if (digits % 2 !== 0) return null;
  const out = new Uint8Array(digits / 2);
  for (let i = 0; i < out.length; i++) {
    const high = digit(text.charCodeAt(start + 2 * i));
    const low = digit(text.charCodeAt(start + 2 * i + 1));
    if (high < 0 || low < 0) return null;
    out[i] = (high << 4) | low;
  }
  return out;
}

function digit(char: number): number {
  if (char >= 48 && char <= 57) return char - 48;
  const lower = char | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Bytewise order; a prefix comes first. Negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (let i = 0; i < parts.length; i++) length += parts[i]!.length;
  const out = new Uint8Array(length);
  for (let i = 0, at = 0; i < parts.length; i++) {
    out.set(parts[i]!, at);
    at += parts[i]!.length;
  }
  return out;
}

/** Big endian, no leading zero bytes; zero is no bytes. */
export function bigToBytes(value: bigint): Uint8Array {
  if (value === 0n) return EMPTY;
  const text = value.toString(16);
  return fromHex(text.length % 2 === 0 ? text : `0${text}`)!;
}

/** The big-endian integer in `bytes[from, to)`; no bytes are zero. Leading zeros are the caller's business. */
export function bytesToBig(bytes: Uint8Array, from = 0, to = bytes.length): bigint {
  const length = to - from;
  if (length <= 6) {
    let value = 0;
    for (let i = from; i < to; i++) value = value * 256 + bytes[i]!;
    return BigInt(value);
  }
  // Whole 32-bit words are cheaper than a detour through hex digits.
  let at = from + (length & 3);
  let value = 0n;
  for (let i = from; i < at; i++) value = (value << 8n) | BigInt(bytes[i]!);
  for (; at < to; at += 4) {
    const word = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
    value = (value << 32n) | BigInt(word);
  }
  return value;
}

/** 32 bytes, big endian. `value` must be below 2^256. */
export function bigTo32(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, "0"))!;
}
