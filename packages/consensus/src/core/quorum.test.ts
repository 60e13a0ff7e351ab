import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byzantine, majority, reachedBy } from "./quorum.ts";

describe("quorums", () => {
  it("have the numbers of the table", () => {
    const table = [1, 2, 3, 4, 5, 6, 7, 10].map((n) => [n, byzantine(n).needed, majority(n).needed]);
    expect(table).toEqual([
      [1, 1, 1],
      [2, 2, 2],
      [3, 3, 2],
      [4, 3, 3],
      [5, 4, 3],
      [6, 5, 4],
      [7, 5, 4],
      [10, 7, 6],
    ]);
  });

  it("nobody reaches the quorum of nobody", () => {
    expect(byzantine(0).needed).toBeGreaterThan(0);
    expect(majority(0).needed).toBeGreaterThan(0);
  });

  it("overlap in a correct sealer, and the correct ones alone suffice", () => {
    for (let n = 1; n <= 200; n++) {
      const b = byzantine(n);
      expect(2 * b.needed - n).toBeGreaterThan(b.faulty);
      expect(n - b.faulty).toBeGreaterThanOrEqual(b.needed);
      const m = majority(n);
      expect(2 * m.needed - n).toBeGreaterThan(0);
      expect(n - m.faulty).toBeGreaterThanOrEqual(m.needed);
    }
  });

  it("reachedBy equals counting", () => {
    const lists = fc.array(fc.nat(20), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(lists, fc.nat(), (values, seed) => {
        const k = 1 + (seed % values.length);
        let best = 0;
        for (let v = 0; v <= 20; v++) if (values.filter((value) => value >= v).length >= k) best = v;
        expect(reachedBy(values, k)).toBe(best);
      }),
    );
  });
});
