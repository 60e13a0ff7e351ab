import { describe, expect, it } from "vitest";
import { ByteCache } from "./byte-cache.ts";

describe("ByteCache", () => {
  it("drops the least recently used beyond its bytes", () => {
    const cache = new ByteCache<string>(100);
    for (const key of [1, 2, 3, 4]) cache.set(key, `v${key}`, 25);
    expect(cache.get(1)).toBe("v1");
    cache.set(5, "v5", 20);
    expect([1, 2, 3, 4, 5].map((key) => cache.get(key))).toEqual(["v1", undefined, "v3", "v4", "v5"]);
    expect(cache.bytes).toBe(95);
  });

  it("replaces a value, and keeps of those that are too large only the last", () => {
    const cache = new ByteCache<string>(100);
    cache.set(1, "small", 10);
    cache.set(1, "other", 25);
    expect(cache.bytes).toBe(25);
    cache.set(1, "huge", 26);
    expect([cache.get(1), cache.has(1)]).toEqual(["huge", true]);
    expect(cache.bytes).toBe(0);
    cache.set(2, "vast", 1_000);
    expect([cache.get(1), cache.has(1), cache.get(2)]).toEqual([undefined, false, "vast"]);
    cache.set(2, "small", 1);
    expect([cache.get(2), cache.bytes]).toEqual(["small", 1]);
  });
});
