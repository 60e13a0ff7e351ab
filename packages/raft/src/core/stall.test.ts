import { describe, expect, it } from "vitest";
import { Stall } from "./stall.ts";

describe("Stall (SPEC 4.7)", () => {
  it("notices a job that goes on for the bound, and forgets it when it ends", () => {
    const stall = new Stall(3);
    const seen = ["a", "a", "a", "a", "a", null].map((job) => {
      stall.tick([null, job]);
      return stall.stalled;
    });
    expect(seen).toEqual([false, false, false, true, true, false]);
  });

  it("does not take many short jobs for a long one", () => {
    const stall = new Stall(3);
    for (let i = 0; i < 20; i++) {
      stall.tick([`job ${Math.floor(i / 3)}`]);
      expect(stall.stalled).toBe(false);
    }
  });
});
