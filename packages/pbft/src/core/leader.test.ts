import { describe, expect, it } from "vitest";
import { leaderOf, skippedAt } from "./leader.ts";

describe("leaderOf (SPEC 4.2)", () => {
  it("follows (height + view) mod n without misses", () => {
    for (let height = 1; height < 40; height++) {
      for (let view = 0; view < 8; view++) expect(leaderOf(4, height, view, [])).toBe((height + view) % 4);
    }
  });

  it("skips a sealer whose last turn produced another's block, outside probation turns", () => {
    // Heights 5..8 of four sealers; height 6 was the turn of 2 and is 3's block.
    const recent = [1, 3, 3, 0];
    expect([...skippedAt(4, 9, recent)]).toEqual([2]);
    expect(leaderOf(4, 10, 0, [3, 3, 0, 1])).toBe(3);
    expect(leaderOf(4, 10, 1, [3, 3, 0, 1])).toBe(0);
    // Turn 8 (heights 32..35) is on probation.
    expect(leaderOf(4, 34, 0, [3, 3, 0, 1])).toBe(2);
  });

  it("skips at most f, the latest misses first, and leaves everybody a view", () => {
    for (const n of [1, 2, 3, 4, 7, 10]) {
      const faulty = Math.floor((n - 1) / 3);
      for (let height = 1; height < 200; height += 7) {
        const recent = Array.from({ length: Math.min(n, height - 1) }, (_, i) => (height + i * 3 + 1) % n);
        const skipped = skippedAt(n, height, recent);
        expect(skipped.size).toBeLessThanOrEqual(faulty);
        const leaders = new Set(Array.from({ length: n }, (_, view) => leaderOf(n, height, view, recent)));
        expect(leaders.size).toBeGreaterThanOrEqual(n - faulty);
      }
    }
  });

  it("looks at no more than the last n blocks", () => {
    const old = [0, 0, 0, 0];
    const recent = [1, 2, 3, 0];
    expect(skippedAt(4, 9, [...old, ...recent])).toEqual(skippedAt(4, 9, recent));
  });
});
