import { bigTo32, bytesToBig, concatBytes, fromHex } from "@fb/types";

/**
 * The Solidity types system contracts use. In JavaScript: string, bytes, 20 bytes, bigint, bigint, boolean, 32 bytes,
 * 64 bytes.
 */
export type AbiType = "string" | "bytes" | "address" | "uint256" | "int256" | "bool" | "bytes32" | "bytes1[64]";
export type AbiValue = string | Uint8Array | bigint | boolean;

const WORD = 32;
const INT_LIMIT = 1n << 255n;
const UINT_LIMIT = 1n << 256n;
const strictText = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const text = new TextEncoder();
/** Selector of `Error(string)`. */
const ERROR_SELECTOR = fromHex("08c379a0")!;

/** Arguments of a call without its selector; null when they are not a valid encoding of the types. Never throws. */
export function decodeArguments(types: readonly AbiType[], data: Uint8Array): AbiValue[] | null {
  const values: AbiValue[] = [];
  let at = 0;
  for (const type of types) {
    const value = decodeValue(type, data, at);
    if (value === null) return null;
    values.push(value);
    at += headLength(type);
  }
  return values;
}

/** Bytes of the texts among the arguments, each for itself although they may share theirs; without reading them. */
export function textBytes(types: readonly AbiType[], data: Uint8Array): number {
  let bytes = 0;
  let at = 0;
  for (const type of types) {
    if (type === "string" && at + WORD <= data.length) {
      bytes += decodeBytes(data, data.subarray(at, at + WORD))?.length ?? 0;
    }
    at += headLength(type);
  }
  return bytes;
}

/** ABI encoding of a tuple, as a function returns it. Values must fit their types; a string may be given as its bytes. */
export function encodeValues(types: readonly AbiType[], values: readonly AbiValue[]): Uint8Array {
  return encoding(types, values).encode();
}

/** {@link encodeValues}, whose length is known before it is done. */
export function encoding(types: readonly AbiType[], values: readonly AbiValue[]) {
  const parts = values.map((value) => (typeof value === "string" ? text.encode(value) : value));
  const heads = types.reduce((length, type) => length + headLength(type), 0);
  const tails = types.map((type, i) => (isDynamic(type) ? tailLength(parts[i] as Uint8Array) : 0));
  const length = tails.reduce((sum, tail) => sum + tail, heads);
  return { length, encode: () => encodeParts(types, parts, heads) };
}

function encodeParts(types: readonly AbiType[], parts: readonly AbiValue[], headsLength: number): Uint8Array {
  const heads: Uint8Array[] = [];
  const tails: Uint8Array[] = [];
  let tailAt = headsLength;
  types.forEach((type, i) => {
    const part = parts[i]!;
    if (!isDynamic(type)) {
      heads.push(encodeWord(type, part));
      return;
    }
    const tail = encodeBytes(part as Uint8Array);
    heads.push(bigTo32(BigInt(tailAt)));
    tails.push(tail);
    tailAt += tail.length;
  });
  return concatBytes(...heads, ...tails);
}

/** What `revert(reason)` returns. */
export function encodeError(reason: string): Uint8Array {
  return concatBytes(ERROR_SELECTOR, encodeValues(["string"], [reason]));
}

/** The reason of `Error(string)` revert data; null for anything else. */
export function decodeError(data: Uint8Array): string | null {
  for (let i = 0; i < 4; i++) if (data[i] !== ERROR_SELECTOR[i]) return null;
  const values = decodeArguments(["string"], data.subarray(4));
  return values === null ? null : (values[0] as string);
}

/** Bytes of a type before the tails. */
function headLength(type: AbiType): number {
  return type === "bytes1[64]" ? 64 * WORD : WORD;
}

function isDynamic(type: AbiType): boolean {
  return type === "string" || type === "bytes";
}

function decodeValue(type: AbiType, data: Uint8Array, at: number): AbiValue | null {
  if (at + headLength(type) > data.length) return null;
  const word = data.subarray(at, at + WORD);
  switch (type) {
    case "string": {
      const bytes = decodeBytes(data, word);
      return bytes === null ? null : decodeText(bytes);
    }
    case "bytes":
      return decodeBytes(data, word);
    case "address":
      return isZero(word.subarray(0, 12)) ? word.subarray(12) : null;
    case "bool":
      return isZero(word.subarray(0, 31)) && word[31]! <= 1 ? word[31] === 1 : null;
    case "bytes32":
      return word;
    case "bytes1[64]":
      return decodeByteArray(data.subarray(at, at + 64 * WORD));
    case "uint256":
      return bytesToBig(word);
    case "int256": {
      const value = bytesToBig(word);
      return value < INT_LIMIT ? value : value - UINT_LIMIT;
    }
  }
}

function decodeBytes(data: Uint8Array, offsetWord: Uint8Array): Uint8Array | null {
  const offset = smallInteger(offsetWord);
  if (offset === null || offset + WORD > data.length) return null;
  const length = smallInteger(data.subarray(offset, offset + WORD));
  if (length === null || offset + WORD + length > data.length) return null;
  return data.subarray(offset + WORD, offset + WORD + length);
}

/** Bytes in a word each, at its beginning; null when anything else is in a word. */
function decodeByteArray(words: Uint8Array): Uint8Array | null {
  const bytes = new Uint8Array(words.length / WORD);
  for (let i = 0; i < bytes.length; i++) {
    const word = words.subarray(i * WORD, (i + 1) * WORD);
    if (!isZero(word.subarray(1))) return null;
    bytes[i] = word[0]!;
  }
  return bytes;
}

function decodeText(bytes: Uint8Array): string | null {
  try {
    return strictText.decode(bytes);
  } catch {
    return null;
  }
}

/** A word as a length or offset; null above 2^31. */
function smallInteger(word: Uint8Array): number | null {
  if (!isZero(word.subarray(0, 28)) || word[28]! > 127) return null;
  return ((word[28]! << 24) | (word[29]! << 16) | (word[30]! << 8) | word[31]!) >>> 0;
}

function encodeWord(type: AbiType, value: AbiValue): Uint8Array {
  if (type === "address") return concatBytes(new Uint8Array(12), value as Uint8Array);
  if (type === "bool") return bigTo32(value === true ? 1n : 0n);
  if (type === "bytes32") return value as Uint8Array;
  if (type === "bytes1[64]") return encodeByteArray(value as Uint8Array);
  const number = value as bigint;
  return bigTo32(number < 0n ? number + UINT_LIMIT : number);
}

function encodeByteArray(bytes: Uint8Array): Uint8Array {
  const words = new Uint8Array(bytes.length * WORD);
  for (let i = 0; i < bytes.length; i++) words[i * WORD] = bytes[i]!;
  return words;
}

/** Of bytes, with their length before them. */
function tailLength(bytes: Uint8Array): number {
  return WORD + Math.ceil(bytes.length / WORD) * WORD;
}

function encodeBytes(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(tailLength(bytes));
  padded.set(bigTo32(BigInt(bytes.length)));
  padded.set(bytes, WORD);
  return padded;
}

function isZero(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}
