import { bytesToBig, type EvmFork } from "@fb/types";

/** A precompiled contract: a price and a pure function of its input. */
export interface Precompile {
  /** Gas, known before anything is computed. */
  cost(input: Uint8Array, fork: EvmFork): bigint;
  /** Null = failure, which takes all gas of the call. Throws for lack of memory alone. */
  run(input: Uint8Array, fork: EvmFork): Uint8Array | null;
}

export const WORD_ONE = new Uint8Array(32);
WORD_ONE[31] = 1;
export const WORD_ZERO = new Uint8Array(32);

export function wordsOf(input: Uint8Array): bigint {
  return BigInt((input.length + 31) >>> 5);
}

/** `size` bytes from `from`, with zeros where the input has ended. */
export function padded(input: Uint8Array, from: number, size: number): Uint8Array {
  const part = input.subarray(from, from + size);
  if (part.length === size) return part;
  const out = new Uint8Array(size);
  out.set(part);
  return out;
}

export function numberAt(input: Uint8Array, from: number, size: number): bigint {
  return bytesToBig(padded(input, from, size));
}
