import { noMetrics } from "@fb/runtime";
import { createCapturingLogger, createFakeClock } from "@fb/runtime/testing";
import type { NodeId } from "@fb/types";
import { describe, expect, it } from "vitest";
import { syncMetrics } from "./metrics.ts";
import { PeerCosts } from "./peer-costs.ts";

const [sealer, observer] = ["5e", "0b"] as NodeId[] as [NodeId, NodeId];
const MILLISECOND = 1_000;

function costsOf(module: "sync" | "txs") {
  const clock = createFakeClock();
  const log = createCapturingLogger();
  const reports: string[] = [];
  const costs = new PeerCosts(module, {
    channel: { report: (peer, action, code) => void reports.push(`${peer} ${action} ${code}`) },
    chain: { members: () => ({ sealers: [sealer], observers: [observer] }) },
    clock,
    log,
    metrics: syncMetrics(noMetrics),
  });
  /** How many milliseconds of work in a row are paid for. */
  const paid = (peer: NodeId) => {
    let count = 0;
    while (costs.charge(peer, MILLISECOND)) count++;
    return count;
  };
  return { clock, log, reports, costs, paid };
}

describe("what a member may cost", () => {
  it("is a budget of its own for each member, which fills up with time and with what was useful (SPEC 7.1)", async () => {
    const { clock, costs, paid } = costsOf("sync");
    const burst = paid(observer);
    expect(burst).toBeGreaterThanOrEqual(250);
    expect(paid(sealer)).toBe(burst);
    await clock.advanceAsync(1_000);
    const refilled = paid(observer);
    expect(refilled).toBeGreaterThan(10);
    expect(refilled).toBeLessThanOrEqual(20);
    costs.refund(observer, 10 * MILLISECOND);
    expect(paid(observer)).toBeGreaterThan(5);
  });

  it("is reported once a second when it is used up, and named in the log (SPEC 7.2)", async () => {
    const { clock, log, reports, costs, paid } = costsOf("sync");
    paid(sealer);
    for (let i = 0; i < 100; i++) costs.charge(sealer, MILLISECOND);
    expect(reports).toEqual([`${sealer} penalise BUDGET_EXCEEDED`]);
    expect(log.has("peer-over-budget")).toBe(true);
    await clock.advanceAsync(1_100);
    paid(sealer);
    expect(reports.length).toBe(2);
  });

  it("never costs a sealer its connection for what clients made it pass on (SPEC 7.2)", () => {
    const { reports, paid } = costsOf("txs");
    paid(sealer);
    expect(reports).toEqual([]);
    paid(observer);
    expect(reports).toEqual([`${observer} penalise BUDGET_EXCEEDED`]);
  });
});
