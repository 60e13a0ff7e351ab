import { expect, it } from "vitest";
import { runCrashes } from "./crash-run.ts";

it("five kills under load: every store proves itself, nothing is lost, doubled or forked", async () => {
  const seed = 20261128;
  const report = await runCrashes({ restarts: 5, seed, log: () => undefined });
  expect(report.faults, `seed ${seed}`).toEqual([]);
  expect(report.transactions).toBeGreaterThan(0);
});
