import fc from "fast-check";
import { describe, expect, it } from "vitest";
import vectors from "../../testdata/crud-json.json" with { type: "json" };
import { readConditions, readEntry } from "./json.ts";

const plainEntry = (text: string) => asPlain(readEntry(text));
const plainConditions = (text: string) => {
  const read = readConditions(text);
  return read === null ? null : [...read].map(([field, operators]) => [field, [...operators]]);
};

function asPlain<T>(members: ReadonlyMap<string, T> | null): [string, T][] | null {
  return members === null ? null : [...members];
}

/** What JSON.parse makes of an entry; numbers as they are written. Null for what SPEC 11.2 refuses. */
function oracle(text: string): [string, string][] | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const members = Object.entries(value as Record<string, unknown>);
  if (!members.every(([, member]) => typeof member === "string" || Number.isSafeInteger(member))) return null;
  return members.map(([name, member]) => [name, String(member)]);
}

describe("JSON of CRUD", () => {
  it.each(vectors.entries)("SPEC 11.2: reads $text as an entry, or refuses it", ({ text, read }) => {
    expect(plainEntry(text)).toEqual(read);
  });

  it.each(vectors.conditions)("SPEC 11.2: reads $text as conditions, or refuses it", ({ text, read }) => {
    expect(plainConditions(text)).toEqual(read);
  });

  it("SPEC 11.2: takes integers of 78 digits and 129 members, and no more", () => {
    const digits = (count: number) => plainEntry(`{"a":${"9".repeat(count)}}`);
    expect(digits(78)).toEqual([["a", "9".repeat(78)]]);
    expect(digits(79)).toBeNull();
    const members = (count: number) => readEntry(`{${Array.from({ length: count }, (_, i) => `"f${i}":1`).join()}}`);
    expect(members(129)?.size).toBe(129);
    expect(members(130)).toBeNull();
  });

  it("reads every entry that JSON.stringify writes", () => {
    const names = fc.uniqueArray(fc.string({ unit: "grapheme", maxLength: 8 }), { maxLength: 9 });
    const value = fc.oneof(fc.string({ unit: "binary", maxLength: 20 }), fc.maxSafeInteger());
    const entry = names.chain((list) => fc.tuple(...list.map((name) => fc.tuple(fc.constant(name), value))));
    fc.assert(
      fc.property(entry, fc.constantFrom(0, 1, "\t"), (members, blanks) => {
        // Names one by one, because an object would order those that are numbers.
        const between = typeof blanks === "string" ? blanks : " ".repeat(blanks);
        const text = `{${members.map(([name, member]) => `${JSON.stringify(name)}:${between}${JSON.stringify(member)}`).join(`,${between}`)}}`;
        expect(plainEntry(text)).toEqual(members.map(([name, member]) => [name, String(member)]));
      }),
    );
  });

  it("survives any text, and never reads what JSON.parse reads otherwise", () => {
    const piece = fc.constantFrom(
      ...'{}[]",:\\-0129.eE+ \t\n'.split(""),
      '"a":"1"',
      '"a":',
      '"b":2,',
      "\\u0041",
      "\\ud83d",
      "true",
      "\u2028",
      "\ud83d\ude00",
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 14 }).map((pieces) => `{${pieces.join("")}}`),
    );
    fc.assert(
      fc.property(text, (json) => {
        readConditions(json);
        const read = plainEntry(json);
        if (read === null) return;
        const sorted = (members: readonly [string, string][] | null) => members && [...members].sort();
        expect(sorted(read.map(([name, value]) => [name, value === "-0" ? "0" : value]))).toEqual(sorted(oracle(json)));
      }),
      { numRuns: 5_000 },
    );
  });
});
