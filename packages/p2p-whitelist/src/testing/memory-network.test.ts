import { describeChannel } from "@fb/compliance/channel";
import { createFakeClock, createSeededRng } from "@fb/runtime/testing";
import type { GroupId, NodeId } from "@fb/types";
import { describe, expect, it } from "vitest";
import { createMemoryNetwork } from "./memory-network.ts";

const A = "0a".repeat(64) as NodeId;
const B = "0b".repeat(64) as NodeId;
const C = "0c".repeat(64) as NodeId;
const GROUP = 1 as GroupId;

describeChannel("memory", async () => {
  const network = createMemoryNetwork();
  const nodes = [A, B, C] as const;
  const members = nodes.map((id) => network.node(id));
  return {
    nodes,
    open: async (node, groupId, list) => members[node]!.group(groupId, list),
    async close() {
      for (const node of members) await node.close();
    },
  };
});

function pair(options: Parameters<typeof createMemoryNetwork>[0]) {
  const network = createMemoryNetwork(options);
  const a = network.node(A).group(GROUP, [A, B]);
  const b = network.node(B).group(GROUP, [A, B]);
  const got: number[] = [];
  b.onMessage("sync", (_, payload) => got.push(payload[0]!));
  return { network, a, b, got };
}

describe("memory network", () => {
  it("delivers by hand, in order", () => {
    const { network, a, got } = pair({ delivery: "manual" });
    for (const n of [1, 2, 3]) a.send(B, "sync", Uint8Array.of(n));
    expect(network.pending()).toHaveLength(3);
    expect(network.deliver(2)).toBe(2);
    expect(got).toEqual([1, 2]);
    network.deliver();
    expect(got).toEqual([1, 2, 3]);
  });

  it("delivers by the clock", () => {
    const clock = createFakeClock();
    const { a, got } = pair({ delivery: "clock", clock, delayMs: [10, 10] });
    a.send(B, "sync", Uint8Array.of(7));
    clock.advance(9);
    expect(got).toEqual([]);
    clock.advance(1);
    expect(got).toEqual([7]);
  });

  it("loses what it is told to lose, reproducibly", () => {
    const run = () => {
      const { network, a, got } = pair({ delivery: "manual", rng: createSeededRng(3), lossPerMille: 300 });
      for (let n = 0; n < 100; n++) expect(a.send(B, "sync", Uint8Array.of(n))).toBe("queued");
      network.deliver();
      return got;
    };
    const first = run();
    expect(first.length).toBeGreaterThan(50);
    expect(first.length).toBeLessThan(90);
    expect(run()).toEqual(first);
  });

  it("cuts islands apart and loses what was under way between them", () => {
    const { network, a, b, got } = pair({ delivery: "manual" });
    a.send(B, "sync", Uint8Array.of(1));
    network.partition([A], [B]);
    expect(a.peers()).toEqual([]);
    expect(a.send(B, "sync", Uint8Array.of(2))).toBe("dropped");
    network.deliver();
    network.heal();
    expect(b.peers()).toEqual([A]);
    a.send(B, "sync", Uint8Array.of(3));
    network.deliver();
    expect(got).toEqual([3]);
  });

  it("filters single messages and records reports and faulty handlers", () => {
    const { network, a, b, got } = pair({ delivery: "manual" });
    network.setFilter((message) => message.payload[0] !== 2);
    for (const n of [1, 2, 3]) a.send(B, "sync", Uint8Array.of(n));
    network.deliver();
    expect(got).toEqual([1, 3]);
    b.report(A, "penalise", "BAD");
    expect(network.reports).toEqual([{ by: B, peer: A, groupId: GROUP, action: "penalise", code: "BAD" }]);
    a.onMessage("txs", () => {
      throw new TypeError("bug");
    });
    b.send(A, "txs", Uint8Array.of(1));
    network.deliver();
    expect(network.handlerErrors).toHaveLength(1);
  });
});
