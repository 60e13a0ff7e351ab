import { createPrometheusRegister, type MemoryLevel, renderMetrics } from "@fb/runtime";
import { createCapturingLogger, createFakeClock } from "@fb/runtime/testing";
import { expect, it } from "vitest";
import { MemoryWatch, memoryLimit } from "./memory-watch.ts";

const MIB = 1024 * 1024;

it("says how near the limit is, once for each change and again while it lasts", async () => {
  const clock = createFakeClock();
  const log = createCapturingLogger();
  const metrics = createPrometheusRegister({});
  const told: MemoryLevel[] = [];
  let used = 500 * MIB;
  const watch = new MemoryWatch(1000 * MIB, {
    clock,
    log,
    metrics: metrics.register,
    usedBytes: () => used,
    onLevel: (level) => told.push(level),
  });
  watch.start();
  const after = (ms: number, mib: number) => {
    used = mib * MIB;
    clock.advance(ms);
    return told.splice(0);
  };
  expect(after(60_000, 500)).toEqual([]);
  expect(after(500, 950)).toEqual([3]);
  expect(watch.status()).toEqual({ level: 3, usedMb: 950, limitMb: 1000 });
  expect(after(29_000, 950)).toEqual([]);
  expect(after(2_000, 950)).toEqual([3]);
  expect(log.lines.at(-1)).toMatchObject({
    level: "warn",
    event: "memory-short",
    fields: { level: 3, usedMb: 950, limitMb: 1000, givenUp: "clients, transactions, catch-up" },
  });
  expect(await renderMetrics([await metrics.snapshot()])).toMatch(/^fb_node_memory_level 3$/m);
  expect(after(1_500, 100)).toEqual([2, 1, 0]);
  expect(log.lines.at(-1)).toMatchObject({ level: "info", event: "memory-enough" });
  expect(after(600_000, 100)).toEqual([]);
  watch.close();
  expect(clock.pending()).toBe(0);
});

it("is limited as configured, or by what there is", () => {
  expect(memoryLimit(300)).toBe(300 * MIB);
  expect(memoryLimit(0)).toBeGreaterThan(64 * MIB);
  expect(memoryLimit(0)).toBeLessThan(2 ** 50);
});
