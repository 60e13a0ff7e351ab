import { createSeededRng } from "@fb/runtime/testing";
import { toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { KeySet } from "./key-set.ts";

describe("KeySet", () => {
  it.each([1, 2, 3, 4])("does what a Set does, with crowded slots, seed %i", (seed) => {
    const rng = createSeededRng(seed);
    const set = new KeySet();
    const model = new Map<string, Uint8Array>();
    let differences = 0;
    // Few different first words: long runs of neighbours, which is where deletion goes wrong.
    const random = () => {
      const key = rng.bytes(16);
      key.fill(0, 0, 3);
      key[3] = rng.below(40);
      key.fill(0, 6);
      return key;
    };
    for (let i = 0; i < 6_000; i++) {
      const key = random();
      const isAdd = rng.below(i < 4_000 ? 3 : 5) < 2;
      const text = toHex(key);
      const held = model.has(text);
      if (set.has(key) !== held) differences++;
      if (isAdd) {
        if (set.add(key) === held) differences++;
        model.set(text, key);
      } else if (set.delete(key) !== model.delete(text)) differences++;
      if (set.size !== model.size) differences++;
    }
    expect(differences).toBe(0);
    for (const key of model.values()) expect(set.has(key)).toBe(true);
  });

  it("grows and shrinks without losing keys", () => {
    const rng = createSeededRng(9);
    const keys = Array.from({ length: 20_000 }, () => rng.bytes(16));
    const set = new KeySet();
    for (const key of keys) set.add(key);
    expect(keys.every((key) => set.has(key))).toBe(true);
    for (const key of keys.slice(100)) set.delete(key);
    expect(set.size).toBe(100);
    expect(keys.slice(0, 100).every((key) => set.has(key))).toBe(true);
  });

  it("holds the all-zero key", () => {
    const set = new KeySet();
    const zero = new Uint8Array(16);
    expect([set.has(zero), set.add(zero), set.add(zero), set.has(zero), set.size]).toEqual([
      false,
      true,
      false,
      true,
      1,
    ]);
    expect([set.delete(zero), set.delete(zero), set.size]).toEqual([true, false, 0]);
  });
});
