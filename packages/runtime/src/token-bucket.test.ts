import { describe, expect, it } from "vitest";
import { createTokenBucket } from "./token-bucket.ts";

describe("token bucket", () => {
  it("lets a burst through, then tells how long to wait", () => {
    const bucket = createTokenBucket(100, 10, 0);
    expect(bucket.take(99, 0)).toBe(0);
    expect(bucket.take(51, 0)).toBe(5001);
    expect(bucket.take(0, 4000)).toBeGreaterThan(0);
    expect(bucket.take(0, 5100)).toBe(0);
  });

  it("takes gifts, up to its capacity", () => {
    const bucket = createTokenBucket(100, 10, 0);
    expect(bucket.take(150, 0)).toBeGreaterThan(0);
    bucket.give(60);
    expect(bucket.take(0, 0)).toBe(0);
    bucket.give(1000);
    expect(bucket.take(99, 0)).toBe(0);
    expect(bucket.take(1, 0)).toBeGreaterThan(0);
  });
});
