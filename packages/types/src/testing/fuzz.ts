import fc from "fast-check";
import { expect } from "vitest";
import { concatBytes, toHex } from "../bytes.ts";

/** One byte replaced, inserted or removed. */
export const mutation = fc.record({
  at: fc.nat(),
  byte: fc.nat(255),
  how: fc.constantFrom(0 as const, 1 as const, 2 as const),
});

export function mutate(bytes: Uint8Array, { at, byte, how }: { at: number; byte: number; how: 0 | 1 | 2 }): Uint8Array {
  const place = at % bytes.length;
  const after = how === 1 ? place : place + 1;
  return concatBytes(
    bytes.subarray(0, place),
    how === 2 ? new Uint8Array(0) : Uint8Array.of(byte),
    bytes.subarray(after),
  );
}

/**
 * The law of every decoder here: it never throws, and what it accepts encodes to the same bytes again, so that one value
 * has one encoding.
 */
export function expectCanonical<T>(
  samples: readonly Uint8Array[],
  decode: (bytes: Uint8Array) => T | null,
  encode: (value: T) => Uint8Array,
  runs = 3000,
): void {
  const check = (bytes: Uint8Array): void => {
    const value = decode(bytes);
    if (value !== null) expect(toHex(encode(value))).toBe(toHex(bytes));
  };
  for (const sample of samples) {
    expect(decode(sample)).not.toBeNull();
    check(sample);
    for (let length = 0; length < sample.length; length++) expect(decode(sample.subarray(0, length))).toBeNull();
  }
  fc.assert(
    fc.property(fc.constantFrom(...samples), mutation, (sample, change) => check(mutate(sample, change))),
    { numRuns: runs },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), check), { numRuns: 500 });
}
