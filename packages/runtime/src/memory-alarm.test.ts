import { describe, expect, it } from "vitest";
import { type MemoryLevel, nextMemoryLevel } from "./memory-alarm.ts";

/** Levels after each of these percentages of the limit. */
function levels(percentages: readonly number[]): MemoryLevel[] {
  let level: MemoryLevel = 0;
  return percentages.map((used) => (level = nextMemoryLevel(level, used, 100)));
}

describe("the memory alarm", () => {
  it("rises at once to what the use of memory asks for", () => {
    expect(levels([0, 79.9, 80, 87.9, 88, 93.9, 94, 200])).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect(levels([95])).toEqual([3]);
  });

  it("falls one step at a time, and not for a little less", () => {
    expect(levels([95, 93, 90, 89.9, 88, 84, 83.9, 80, 76, 75.9])).toEqual([3, 3, 3, 2, 2, 2, 1, 1, 1, 0]);
    expect(levels([95, 0, 0, 0, 0])).toEqual([3, 2, 1, 0, 0]);
  });

  it("never swings while the use of memory swings by less than the hysteresis", () => {
    for (const around of [80, 88, 94]) {
      const seen = levels([around, ...Array.from({ length: 100 }, (_, i) => around - (i % 2) * 3.9)]);
      expect(new Set(seen).size).toBe(1);
    }
  });
});
