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

  it("replaces a value and does not keep one that is too large", () => {
    const cache = new ByteCache<string>(100);
    cache.set(1, "small", 10);
    cache.set(1, "other", 25);
    expect(cache.bytes).toBe(25);
    cache.set(1, "huge", 26);
    expect(cache.get(1)).toBeUndefined();
    expect(cache.bytes).toBe(0);
  });
});
