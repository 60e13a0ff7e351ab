import { createSeededRng } from "@fb/runtime/testing";
import { describe, expect, it } from "vitest";
import { createBackoff } from "./backoff.ts";

describe("back-off (SPEC 3.6)", () => {
  it("doubles up to its limit, with jitter of at most a half, and starts over", () => {
    const backoff = createBackoff(100, 1000, createSeededRng(5));
    const pauses = Array.from({ length: 7 }, () => backoff.next());
    for (const [i, pause] of pauses.entries()) {
      const full = Math.min(1000, 100 * 2 ** i);
      expect(pause).toBeLessThanOrEqual(full);
      expect(pause).toBeGreaterThanOrEqual(full / 2 - 1);
    }
    backoff.reset();
    expect(backoff.next()).toBeLessThanOrEqual(100);
  });
});
