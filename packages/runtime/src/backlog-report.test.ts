import { expect, it } from "vitest";
import { BacklogReport } from "./backlog-report.ts";
import { createCapturingLogger } from "./testing/index.ts";

it("tells of a backlog at its begin, now and then, and at its end; never of work that is up to date", () => {
  const log = createCapturingLogger();
  const report = new BacklogReport(log, "pruning");
  report.step(0, 1);
  expect(log.lines).toEqual([]);
  for (let n = 0; n < 1_500; n++) report.step(1_500 - n, n);
  report.step(0, 1_500);
  report.step(0, 1_501);
  expect(log.lines.map(({ event, fields }) => ({ event, ...fields }))).toEqual([
    { event: "pruning", lowest: 0, remaining: 1_500 },
    { event: "pruning", lowest: 1_000, remaining: 500 },
    { event: "pruning-done", lowest: 1_500 },
  ]);
});
