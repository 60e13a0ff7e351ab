import { createPrometheusRegister, renderMetrics } from "@fb/runtime";
import { createCapturingLogger, createFakeClock } from "@fb/runtime/testing";
import type { NodeId } from "@fb/types";
import { describe, expect, it } from "vitest";
import { GroupHealth, type GroupHealthDeps } from "./group-health.ts";

const nodes = Array.from({ length: 4 }, (_, i) => `${i}`.repeat(128) as NodeId);

/** A group whose surroundings the test moves. */
function watched() {
  const clock = createFakeClock();
  const log = createCapturingLogger();
  const metrics = createPrometheusRegister({});
  const world = { peers: nodes.slice(1), pending: 0, height: 0 };
  const listeners = new Set<() => void>();
  const health = new GroupHealth({
    consensus: "pbft",
    stallLimitMs: 15_000,
    chain: {
      head: () => ({ header: { number: world.height } }),
      members: () => ({ sealers: nodes, observers: [] }),
      onCommitted(listener: () => void) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    } as unknown as GroupHealthDeps["chain"],
    pool: { stats: () => ({ pending: world.pending, queued: 0, bytes: 0 }) },
    sync: { status: () => ({ haltedBy: null, gap: null, peers: [] }) } as unknown as GroupHealthDeps["sync"],
    engine: { status: () => ({ haltedBy: null }) } as unknown as GroupHealthDeps["engine"],
    channel: { self: nodes[0]!, peers: () => world.peers },
    clock,
    log,
    metrics: metrics.register,
  });
  health.start();
  const events = () => log.lines.map(({ level, event, fields }) => [level, event, fields?.["codes"]]);
  const codes = () => health.reasons().map(({ code }) => code);
  const commit = () => {
    world.height++;
    for (const listener of listeners) listener();
  };
  return { clock, log, metrics, world, health, events, codes, commit };
}

describe("the health of a group", () => {
  it("is warned of once it lasts, then every minute, and its end is told", () => {
    const { clock, world, events, codes } = watched();
    world.peers = nodes.slice(1, 2);
    expect(codes()).toEqual(["QUORUM_UNREACHABLE"]);
    clock.advance(4_000);
    expect(events()).toEqual([]);
    clock.advance(2_000);
    const warning = ["warn", "group-not-ready", "QUORUM_UNREACHABLE"];
    expect(events()).toEqual([warning]);
    clock.advance(59_000);
    expect(events()).toEqual([warning]);
    clock.advance(61_000);
    expect(events()).toEqual([warning, warning, warning]);
    world.peers = nodes.slice(1);
    expect(codes()).toEqual([]);
    clock.advance(1_000);
    expect(events().at(-1)).toEqual(["info", "group-ready", undefined]);
    clock.advance(600_000);
    expect(events()).toHaveLength(4);
  });

  it("is no progress when work waits without a new block", () => {
    const { clock, world, codes, commit } = watched();
    clock.advance(3_600_000);
    world.pending = 1;
    clock.advance(14_000);
    expect(codes()).toEqual([]);
    clock.advance(2_000);
    expect(codes()).toEqual(["NO_PROGRESS"]);
    commit();
    expect(codes()).toEqual([]);
    clock.advance(16_000);
    expect(codes()).toEqual(["NO_PROGRESS"]);
    world.pending = 0;
    expect(codes()).toEqual([]);
  });

  it("shows in metrics", async () => {
    const { clock, metrics, world } = watched();
    const value = async (name: string, label = "") => {
      const text = await renderMetrics([await metrics.snapshot()]);
      return new RegExp(`^${name}${label} (.*)$`, "m").exec(text)?.[1];
    };
    world.peers = [];
    world.pending = 3;
    clock.advance(20_000);
    expect(await value("fb_ledger_ready")).toBe("0");
    expect(await value("fb_ledger_not_ready", '{reason="QUORUM_UNREACHABLE"}')).toBe("1");
    expect(await value("fb_ledger_not_ready", '{reason="NO_PROGRESS"}')).toBe("1");
    expect(await value("fb_ledger_not_ready", '{reason="HALTED"}')).toBe("0");
    expect(await value("fb_ledger_sealers_reached")).toBe("1");
    expect(await value("fb_ledger_sealers_needed")).toBe("3");
    expect(await value("fb_ledger_stalled_seconds")).toBe("19");
  });
});
