import { describe, expect, it } from "vitest";
import { descriptorAdvice, descriptorLimit, planDescriptors } from "./descriptors.ts";

describe("file descriptors", () => {
  it.each([
    [1_000_000, 300, { maxOpenFiles: 500, maxConnections: 2048 }],
    [65_536, 2, { maxOpenFiles: 500, maxConnections: 2048 }],
    [2048, 2, { maxOpenFiles: 256, maxConnections: 1136 }],
    [1024, 2, { maxOpenFiles: 128, maxConnections: 496 }],
    [256, 1, { maxOpenFiles: 64, maxConnections: 40 }],
    [64, 4, { maxOpenFiles: 24, maxConnections: 16 }],
  ])("%i for %i groups are shared", (limit, groups, plan) => {
    expect(planDescriptors(limit, groups)).toEqual(plan);
  });

  it("are enough for everybody together, unless there are hardly any", () => {
    for (let limit = 512; limit < 10_000; limit += 100) {
      for (const groups of [0, 1, 2, 4]) {
        const { maxOpenFiles, maxConnections } = planDescriptors(limit, groups);
        expect(groups * maxOpenFiles + maxConnections).toBeLessThan(limit - 100);
      }
    }
  });

  it("come with advice when they are few", () => {
    expect(descriptorAdvice(1024, 2)).toBeNull();
    expect(descriptorAdvice(512, 2)).toMatch(/^512 file descriptors for 2 groups leave \d+ for clients: raise/);
  });

  it("have a limit that the system tells", () => {
    expect(descriptorLimit()).toBeGreaterThan(100);
  });
});
