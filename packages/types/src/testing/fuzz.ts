import fc from "fast-check";
import { expect } from "vitest";
import { concatBytes, toHex } from "../bytes.ts";
import { type RlpItem, rlpDecode, rlpEncode } from "../rlp.ts";

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

/** A change of structure that bytewise mutation hardly ever hits: the n-th item gets a neighbour, or becomes something else. */
const restructuring = fc.record({
  n: fc.nat(),
  other: fc.constantFrom<RlpItem>(Uint8Array.of(), Uint8Array.of(0), Uint8Array.of(2), new Uint8Array(32), [], [[]]),
  how: fc.constantFrom("after" as const, "instead" as const, "wrapped" as const),
});

function restructure(
  item: RlpItem,
  change: { n: number; other: RlpItem; how: "after" | "instead" | "wrapped" },
): RlpItem {
  const total = countItems(item);
  let left = change.n % total;
  const visit = (part: RlpItem): readonly RlpItem[] => {
    const isHere = left-- === 0;
    const inner = part instanceof Uint8Array ? part : part.flatMap(visit);
    if (!isHere) return [inner];
    return { after: [inner, change.other], instead: [change.other], wrapped: [[inner]] }[change.how];
  };
  return visit(item)[0]!;
}

function countItems(item: RlpItem): number {
  return item instanceof Uint8Array ? 1 : item.reduce((sum, part) => sum + countItems(part), 1);
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
  const structured = samples.flatMap(itemOrNothing);
  if (structured.length > 0) {
    fc.assert(
      fc.property(fc.constantFrom(...structured), restructuring, (item, change) =>
        check(rlpEncode(restructure(item, change))),
      ),
      { numRuns: runs },
    );
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), check), { numRuns: 500 });
}

/** The RLP item in a sample; nothing for formats that are not RLP. */
function itemOrNothing(sample: Uint8Array): RlpItem[] {
  try {
    return [rlpDecode(sample)];
  } catch {
    return [];
  }
}
