import { MessageChannel } from "node:worker_threads";
import { describeChannel } from "@fb/compliance/channel";
import { createPrometheusRegister, noMetrics, silentLogger } from "@fb/runtime";
import type { GroupChannel, GroupId, NodeId } from "@fb/types";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createRemoteChannel, exposeChannel } from "../src/index.ts";
import { createMemoryNetwork, type MemoryNetworkOptions } from "../src/testing/index.ts";
import { RECORD, readRecords } from "../src/thread/port-batch.ts";
import { createCountingMetrics } from "./counting-metrics.ts";

const A = "0a".repeat(64) as NodeId;
const B = "0b".repeat(64) as NodeId;
const C = "0c".repeat(64) as NodeId;
const GROUP = 1 as GroupId;
const WAIT = { timeout: 10_000, interval: 2 };

function through(channel: GroupChannel, metrics = createCountingMetrics()) {
  const { port1, port2 } = new MessageChannel();
  exposeChannel(channel, port1, { groupId: GROUP, metrics });
  const { self, maxPayloadBytes } = channel;
  const remote = createRemoteChannel(port2, { self, maxPayloadBytes }, { log: silentLogger, metrics: noMetrics });
  return { remote, metrics, port1, port2 };
}

describeChannel("remote (message port)", async () => {
  const network = createMemoryNetwork();
  const nodes = [A, B, C] as const;
  const members = nodes.map((id) => network.node(id));
  const opened: GroupChannel[] = [];
  return {
    nodes,
    async open(node, groupId, list) {
      const { remote } = through(members[node]!.group(groupId, list));
      opened.push(remote);
      return remote;
    },
    async close() {
      for (const channel of opened) await channel.close();
    },
  };
});

describe("remote channel (SPEC 7.1)", () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  function pair(options: MemoryNetworkOptions = {}) {
    const network = createMemoryNetwork(options);
    const a = network.node(A).group(GROUP, [A, B]);
    const b = network.node(B).group(GROUP, [A, B]);
    const exposed = through(b);
    closers.push(() => exposed.remote.close());
    return { network, a, b, ...exposed };
  }

  it("carries many messages in few hops", async () => {
    const { a, remote, port2 } = pair({ delivery: "auto" });
    let hops = 0;
    port2.on("message", () => hops++);
    let got = 0;
    remote.onMessage("txs", () => got++);
    for (let i = 0; i < 10_000; i++) a.send(B, "txs", Uint8Array.of(i & 255));
    await vi.waitFor(() => expect(got).toBe(10_000), WAIT);
    expect(hops).toBeLessThan(20);
  });

  it("gives a peer a new number each time it comes, and one to all together (SPEC 7.2)", async () => {
    const { network, remote, port1, port2 } = pair();
    const slots: number[] = [];
    port2.on("message", (batch: Uint8Array) => {
      readRecords(batch, ({ type, peer }) => type === RECORD.peerUp && slots.push(peer));
    });
    const addressed: number[] = [];
    port1.on("message", (batch: Uint8Array) => {
      readRecords(batch, ({ type, peer }) => type === RECORD.message && addressed.push(peer));
    });
    await vi.waitFor(() => expect(remote.peers()).toEqual([A]), WAIT);
    network.partition([A], [B]);
    await vi.waitFor(() => expect(remote.peers()).toEqual([]), WAIT);
    network.heal();
    await vi.waitFor(() => expect(remote.peers()).toEqual([A]), WAIT);
    expect(slots).toEqual([1, 2]);
    remote.send(A, "sync", Uint8Array.of(1));
    remote.broadcast("sync", Uint8Array.of(2));
    await vi.waitFor(() => expect(addressed).toEqual([2, 2 ** 32 - 1]), WAIT);
  });

  it("hands out small payloads that do not keep the batch in memory", async () => {
    const { a, remote } = pair();
    const sizes: number[] = [];
    remote.onMessage("txs", (_, payload) => sizes.push(payload.buffer.byteLength));
    for (let i = 0; i < 100; i++) a.send(B, "txs", new Uint8Array(10));
    await vi.waitFor(() => expect(sizes).toHaveLength(100), WAIT);
    expect(Math.max(...sizes)).toBe(10);
  });

  it("registers nothing in the group's thread that only the network's thread counts", async () => {
    const register = createPrometheusRegister({ group: "1" });
    const { port2 } = new MessageChannel();
    createRemoteChannel(port2, { self: A, maxPayloadBytes: 1000 }, { log: silentLogger, metrics: register.register });
    expect((await register.snapshot()).map(({ name }) => name)).toEqual(["fb_p2p_dropped_messages_total"]);
    port2.close();
  });

  it("drops and counts what the other thread does not take, then goes on (SPEC 7.3)", async () => {
    const { network, a, remote, metrics } = pair({ delivery: "manual", maxPayloadBytes: 1000 });
    const got: number[] = [];
    remote.onMessage("txs", (_, payload) => got.push(payload[0]!));
    for (let i = 0; i < 10; i++) a.send(B, "txs", new Uint8Array(800).fill(i));
    // Everything arrives in one turn, so the other side cannot give credit back in between.
    network.deliver();
    expect(metrics.value("fb_p2p_dropped_messages_total", { group: "1", module: "txs", cause: "thread" })).toBe(8);
    await vi.waitFor(() => expect(got).toEqual([0, 1]), WAIT);
    // The credit for these comes back at some later time.
    await vi.waitFor(() => {
      a.send(B, "txs", Uint8Array.of(99));
      network.deliver();
      expect(got.slice(0, 3)).toEqual([0, 1, 99]);
    }, WAIT);
  });

  it("leaves room for others when one peer floods", async () => {
    const network = createMemoryNetwork({ delivery: "manual", maxPayloadBytes: 100_000 });
    const members = [A, B, C];
    const channels = [A, B, C].map((node) => network.node(node).group(GROUP, members));
    const { remote, metrics } = through(channels[1]!);
    closers.push(() => remote.close());
    const got: Record<string, number> = {};
    remote.onMessage("consensus", (from) => (got[from] = (got[from] ?? 0) + 1));
    await vi.waitFor(() => expect(remote.peers()).toHaveLength(2), WAIT);
    // Short messages: each counts for more than its bytes.
    for (let i = 0; i < 3_000; i++) channels[0]!.send(B, "consensus", new Uint8Array(6));
    for (let i = 0; i < 300; i++) channels[2]!.send(B, "consensus", new Uint8Array(6));
    network.deliver();
    await vi.waitFor(() => expect(got[C]).toBe(300), WAIT);
    expect(got[A]).toBeLessThan(1_500);
    expect(metrics.value("fb_p2p_dropped_messages_total", { cause: "thread" })).toBe(3_000 - got[A]!);
  });

  it("does not let one module use up the room of another", async () => {
    const { a, remote } = pair();
    const big = new Uint8Array(remote.maxPayloadBytes);
    await vi.waitFor(() => expect(remote.peers()).toEqual([A]), WAIT);
    const got: string[] = [];
    a.onMessage("consensus", () => got.push("vote"));
    expect(remote.send(A, "txs", big)).toBe("queued");
    expect(remote.send(A, "txs", big)).toBe("dropped");
    expect(remote.send(A, "consensus", Uint8Array.of(1))).toBe("queued");
    await vi.waitFor(() => expect(got).toEqual(["vote"]), WAIT);
  });

  it("closes the channel when the thread goes away", async () => {
    const { a, port2 } = pair();
    expect(a.peers()).toEqual([B]);
    port2.close();
    await vi.waitFor(() => expect(a.peers()).toEqual([]), WAIT);
  });
});
