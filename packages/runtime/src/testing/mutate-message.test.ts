import { rlpDecode, rlpEncode, toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { defineWire } from "../wire.ts";
import { choices } from "./choices.ts";
import { mutatedMessage } from "./mutate-message.ts";

interface Outer {
  readonly number: number;
  readonly block: Uint8Array;
  readonly parts: readonly { readonly name: Uint8Array }[];
}
const wire = defineWire<{ Outer: Outer }>(
  "message Part { bytes name = 1; } message Outer { uint64 number = 1; bytes block = 2; repeated Part parts = 3 [(max_count) = 9]; }",
);
const block = rlpEncode([new Uint8Array(32).fill(7), [Uint8Array.of(1), new Uint8Array(70)], Uint8Array.of()]);
const seed = wire.encode("Outer", { number: 5, block, parts: [{ name: Uint8Array.of(1, 2, 3) }] });

function run(of: number, count = 2_000): Uint8Array[] {
  const choice = choices(of);
  return Array.from({ length: count }, () => mutatedMessage(seed, [seed], choice));
}

function isRlp(bytes: Uint8Array): boolean {
  try {
    rlpDecode(bytes);
    return true;
  } catch {
    return false;
  }
}

describe("changed messages", () => {
  it("are the same for one seed", () => {
    expect(run(3, 200).map(toHex)).toEqual(run(3, 200).map(toHex));
    expect(run(3, 200).map(toHex)).not.toEqual(run(4, 200).map(toHex));
  });

  it("often pass the decoder and differ in every part: numbers, nested messages, and items of RLP", () => {
    const decoded = run(1).flatMap((bytes) => wire.decode("Outer", bytes) ?? []);
    expect(decoded.length).toBeGreaterThan(500);
    const values = (of: (outer: Outer) => unknown) => new Set(decoded.map((outer) => String(of(outer)))).size;
    expect(values(({ number }) => number)).toBeGreaterThan(10);
    expect(values(({ parts }) => parts.map(({ name }) => toHex(name)))).toBeGreaterThan(20);
    const lists = decoded.filter(({ block: bytes }) => isRlp(bytes)).map(({ block: bytes }) => toHex(bytes));
    expect(new Set(lists).size).toBeGreaterThan(50);
  });
});
