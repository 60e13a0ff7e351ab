import { createFakeClock, createSeededRng } from "@fb/runtime/testing";
import type { NodeId } from "@fb/types";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../limits.ts";
import { createDialer, type DialOutcome } from "./dialer.ts";

const NODE = "aa".repeat(64) as NodeId;
const OTHER = "bb".repeat(64) as NodeId;
const ADDRESS = { host: "10.0.0.1", port: 30300 };

function setUp(answer: () => DialOutcome) {
  const clock = createFakeClock();
  const connected = new Set<NodeId>();
  const dials: number[] = [];
  const dialer = createDialer([ADDRESS], {
    clock,
    rng: createSeededRng(1),
    async dial() {
      dials.push(clock.monotonic());
      const outcome = answer();
      if (outcome.type === "connected") connected.add(outcome.node);
      return outcome;
    },
    isConnected: (node) => connected.has(node),
  });
  const lose = (node: NodeId) => {
    connected.delete(node);
    dialer.lost(node);
  };
  return { clock, connected, dials, dialer, lose };
}

describe("dialer (SPEC 3.6)", () => {
  it("retries with growing pauses, up to a limit, for ever", async () => {
    const { clock, dials, dialer } = setUp(() => ({ type: "failed", node: null }));
    dialer.start();
    await clock.advanceAsync(300_000);
    const pauses = dials.slice(1).map((at, i) => at - dials[i]!);
    expect(pauses[0]).toBeLessThanOrEqual(LIMITS.dialRetryBaseMs);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(LIMITS.dialRetryMaxMs);
    expect(Math.min(...pauses.slice(8))).toBeGreaterThanOrEqual(LIMITS.dialRetryMaxMs / 2 - 1);
    expect(dials.length).toBeGreaterThan(15);
    dialer.close();
    expect(clock.pending()).toBe(0);
  });

  it("leaves a connected node alone and comes back soon when it is lost", async () => {
    const { clock, dials, dialer, lose } = setUp(() => ({ type: "connected", node: NODE }));
    dialer.start();
    await clock.advanceAsync(600_000);
    expect(dials).toHaveLength(1);
    lose(NODE);
    await clock.advanceAsync(LIMITS.dialRetryBaseMs);
    expect(dials).toHaveLength(2);
  });

  it("slows down for a node that never stays", async () => {
    const { clock, dials, dialer, lose } = setUp(() => ({ type: "connected", node: NODE }));
    dialer.start();
    for (let i = 0; i < 2000; i++) {
      await clock.advanceAsync(100);
      lose(NODE);
    }
    expect(dials.length).toBeLessThan(30);
  });

  it("does not dial a node that connected on its own, once it knows who lives at the address", async () => {
    const { clock, connected, dials, dialer } = setUp(() => ({ type: "failed", node: NODE }));
    connected.add(NODE);
    dialer.start();
    await clock.advanceAsync(600_000);
    expect(dials).toHaveLength(1);
  });

  it("gives up on its own address and on addresses taken out", async () => {
    const self = setUp(() => ({ type: "self" }));
    self.dialer.start();
    await self.clock.advanceAsync(600_000);
    expect(self.dials).toHaveLength(1);
    const gone = setUp(() => ({ type: "failed", node: null }));
    gone.dialer.start();
    await gone.clock.advanceAsync(1);
    gone.dialer.setAddresses([]);
    await gone.clock.advanceAsync(600_000);
    expect(gone.dials).toHaveLength(1);
    gone.dialer.setAddresses([ADDRESS]);
    await gone.clock.advanceAsync(1);
    expect(gone.dials).toHaveLength(2);
  });

  it("notices that another node took over the address", async () => {
    let node = NODE;
    const { clock, dials, dialer, lose } = setUp(() => ({ type: "connected", node }));
    dialer.start();
    await clock.advanceAsync(1);
    node = OTHER;
    lose(NODE);
    await clock.advanceAsync(1000);
    lose(OTHER);
    await clock.advanceAsync(1000);
    expect(dials).toHaveLength(3);
  });
});
