import { expect, it } from "vitest";
import { createPrometheusRegister } from "./prometheus.ts";
import { createQuotaLogger } from "./quota-logger.ts";
import { createCapturingLogger, createFakeClock } from "./testing/index.ts";

function setUp(perSource: number, total: number) {
  const log = createCapturingLogger();
  const clock = createFakeClock();
  const metrics = createPrometheusRegister({});
  const source = ({ address }: { readonly address?: unknown }) => String(address);
  const quota = createQuotaLogger(log, { perSource, total, source }, { clock, metrics: metrics.register });
  const events = () => log.lines.map(({ event }) => event);
  return { log, clock, metrics, quota, events };
}

it("writes the first lines of each source, and says once a minute what it kept back and of whom most", async () => {
  const { log, clock, metrics, quota, events } = setUp(2, 100);
  for (let i = 0; i < 10; i++) quota.warn("refused", { address: "a", i });
  for (let i = 0; i < 3; i++) quota.info("left", { address: "b", i });
  expect(log.lines).toMatchObject([
    { level: "warn", event: "refused", fields: { address: "a", i: 0 } },
    { level: "warn", event: "refused", fields: { address: "a", i: 1 } },
    { level: "info", event: "left", fields: { address: "b", i: 0 } },
    { level: "info", event: "left", fields: { address: "b", i: 1 } },
  ]);
  clock.advance(59_999);
  expect(events()).not.toContain("lines-withheld");
  clock.advance(1);
  expect(log.lines.at(-1)).toEqual({
    level: "warn",
    event: "lines-withheld",
    fields: { lines: 9, of: "left refused", mostOf: "a", itsLines: 8 },
  });
  quota.warn("refused", { address: "a" });
  expect(log.lines.at(-1)).toMatchObject({ event: "refused" });
  expect(clock.pending()).toBe(0);
  const text = JSON.stringify(await metrics.snapshot());
  expect(text).toContain("fb_runtime_log_withheld_total");
});

it("bounds the lines of all sources together, however many they seem to be", () => {
  const { log, clock, quota } = setUp(5, 60);
  for (let minute = 0; minute < 10; minute++) {
    for (let i = 0; i < 20_000; i++) quota.warn("refused", { address: `${minute} ${i}` });
    clock.advance(60_000);
  }
  expect(log.lines).toHaveLength(10 * 61);
  expect(log.lines.at(-1)).toMatchObject({ event: "lines-withheld", fields: { lines: 19_940, of: "refused" } });
});

it("counts lines of children as lines of the same source, and leaves those of level debug alone", () => {
  const { log, quota, events } = setUp(1, 100);
  const child = quota.child({ address: "a" });
  quota.warn("one", { address: "a" });
  child.warn("two");
  for (let i = 0; i < 5; i++) child.debug("detail");
  expect(events()).toEqual(["one", ...Array(5).fill("detail")]);
  quota.close();
  quota.close();
  expect(log.lines.filter(({ event }) => event === "lines-withheld")).toHaveLength(1);
});
