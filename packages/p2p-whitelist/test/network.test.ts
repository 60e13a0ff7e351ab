import { createConnection, createServer, Socket } from "node:net";
import { systemClock } from "@fb/runtime";
import { createFakeClock } from "@fb/runtime/testing";
import type { GroupChannel, GroupId, NodeId } from "@fb/types";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { LIMITS } from "../src/limits.ts";
import type { TestNodeIdentity } from "../src/testing/certificates.ts";
import { connected, createTestChain, type TestChain, type TestNode, WAIT } from "./test-nodes.ts";

const ONE = 1 as GroupId;
const TWO = 2 as GroupId;
const MIB = 1024 * 1024;

let chain: TestChain;
beforeAll(async () => {
  chain = await createTestChain();
});
afterAll(() => chain.close());

async function pair() {
  const a = await chain.start();
  const b = await chain.start([a]);
  await connected(a, [b.network.nodeId]);
  await connected(b, [a.network.nodeId]);
  return { a, b, ids: [a.network.nodeId, b.network.nodeId] as [NodeId, NodeId] };
}

async function open(node: TestNode, groupId: GroupId, members: readonly NodeId[]): Promise<GroupChannel> {
  return node.network.group(groupId, members);
}

async function linked(channels: readonly GroupChannel[]): Promise<void> {
  for (const channel of channels)
    await vi.waitFor(() => expect(channel.peers()).toHaveLength(channels.length - 1), WAIT);
}

describe("options", () => {
  it("names what is out of range", async () => {
    const bad = [
      [{ chainId: 0 }, "chainId"],
      [{ listen: { host: "here", port: 1 } }, "listen.host"],
      [{ listen: { host: "127.0.0.1", port: 70_000 } }, "listen.port"],
      [{ maxPayloadBytes: 1 }, "maxPayloadBytes"],
      [{ maxPeers: 0 }, "maxPeers"],
      [{ privateKey: new Uint8Array(32) }, "privateKey"],
      [{ peers: [{ host: "a/b", port: 1 }] }, "peers"],
    ] as const;
    for (const [options, name] of bad) {
      await expect(chain.start([], options as object)).rejects.toMatchObject({
        code: "OPTIONS_INVALID",
        fields: { name },
      });
    }
  });
});

describe("reconnecting", () => {
  it("finds a peer again that restarted on its address, whoever dialed", async () => {
    const [first, second] = (await chain.identities(2)) as [TestNodeIdentity, TestNodeIdentity];
    const a = await chain.start([], { identity: first });
    const b = await chain.start([a], { identity: second });
    await connected(b, [first.nodeId]);
    await a.network.close();
    await connected(b, []);
    const again = await chain.start([], { identity: first, listen: a.address });
    await connected(b, [first.nodeId]);
    await connected(again, [second.nodeId]);
    const channels = [
      await open(again, ONE, [first.nodeId, second.nodeId]),
      await open(b, ONE, [first.nodeId, second.nodeId]),
    ];
    await linked(channels);
  });

  it("keeps dialing a peer that is not there yet", async () => {
    const late = await chain.agency.issueNode("late");
    const reserved = createServer();
    const port = await new Promise<number>((resolve) => {
      reserved.listen(0, "127.0.0.1", () => resolve((reserved.address() as { port: number }).port));
    });
    await new Promise((resolve) => reserved.close(resolve));
    const b = await chain.start([{ host: "127.0.0.1", port }]);
    await vi.waitFor(
      () => expect(b.metrics.value("fb_p2p_dials_total", { result: "failed" })).toBeGreaterThan(1),
      WAIT,
    );
    await chain.start([], { identity: late, listen: { host: "127.0.0.1", port } });
    await connected(b, [late.nodeId]);
  });

  it("ends a connection to a peer that fell silent (SPEC 4.3)", async () => {
    const a = await chain.start();
    const wire = await createWire(a);
    // Only this node's time is ours: it waits for nothing else.
    const clock = createFakeClock();
    const b = await chain.start([wire.address], { clock });
    await vi.waitFor(async () => {
      await clock.advanceAsync(1);
      expect(b.network.peers()).toHaveLength(1);
    }, WAIT);
    for (let i = 0; i < 10; i++) {
      await clock.advanceAsync(LIMITS.beatMs);
      await wire.quiet();
    }
    expect(b.network.peers()).toHaveLength(1);
    wire.freeze();
    for (let ms = 0; ms <= LIMITS.silenceMs + LIMITS.beatMs; ms += LIMITS.beatMs)
      await clock.advanceAsync(LIMITS.beatMs);
    expect(b.network.peers()).toHaveLength(0);
    expect(b.metrics.value("fb_p2p_shed_total", { cause: "silent" })).toBe(1);
    wire.close();
  });
});

/** A TCP hop in front of a node that can stop forwarding without closing, as a pulled cable does. */
async function createWire(node: TestNode) {
  const sockets: Socket[] = [];
  let frozen = false;
  let moved = 0;
  const server = createServer((near) => {
    const far = createConnection(node.address.port, node.address.host);
    sockets.push(near, far);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("data", (bytes) => {
        moved++;
        if (!frozen) to.write(bytes);
      });
      from.on("close", () => to.destroy());
      from.on("error", () => {});
    }
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
  return {
    address: { host: "127.0.0.1", port },
    freeze() {
      frozen = true;
    },
    /** Resolves when nothing moved for some turns of the event loop. */
    async quiet() {
      for (let still = 0, last = moved; still < 20; still = moved === last ? still + 1 : 0) {
        last = moved;
        await new Promise((resolve) => systemClock.after(1, () => resolve(null)));
      }
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe("channels over sockets", () => {
  const nodes: TestNode[] = [];
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.network.close();
  });

  it("sends each packet with one write", async () => {
    const { a, b, ids } = await pair();
    const channels = [await open(a, ONE, ids), await open(b, ONE, ids)] as const;
    await linked(channels);
    const write = vi.spyOn(Socket.prototype, "write");
    const arrived = new Promise((resolve) => channels[1].onMessage("consensus", resolve));
    channels[0].send(ids[1], "consensus", new Uint8Array(300));
    await arrived;
    const sizes = write.mock.calls.map(([chunk]) => (chunk as Uint8Array).length);
    write.mockRestore();
    expect(sizes.some((size) => size > 300)).toBe(true);
    // The smallest packet: two bytes that tell its size, a yamux header, the tag of the cipher.
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(2 + 12 + 16);
  });

  it("carry 8 MiB payloads both ways at once, without changing what the sender holds", async () => {
    const { a, b, ids } = await pair();
    const channels = [await open(a, ONE, ids), await open(b, ONE, ids)] as const;
    await linked(channels);
    const payload = new Uint8Array(8 * MIB);
    for (let i = 0; i < payload.length; i++) payload[i] = i * 31 + (i >> 8);
    const copy = payload.slice();
    const got: Uint8Array[] = [];
    for (const channel of channels) channel.onMessage("sync", (_, bytes) => got.push(bytes));
    for (const channel of channels) expect(channel.broadcast("sync", payload)).toBe(1);
    await vi.waitFor(() => expect(got.length).toBe(2), WAIT);
    for (const bytes of got) expect(Buffer.compare(bytes, copy)).toBe(0);
    expect(Buffer.compare(payload, copy)).toBe(0);
  });

  it("let small urgent messages overtake big ones, in their group and in others (SPEC 4.7)", async () => {
    const { a, b, ids } = await pair();
    const one = [await open(a, ONE, ids), await open(b, ONE, ids)] as const;
    const two = [await open(a, TWO, ids), await open(b, TWO, ids)] as const;
    await linked(one);
    await linked(two);
    const order: string[] = [];
    one[1].onMessage("sync", () => order.push("block"));
    one[1].onMessage("consensus", () => order.push("vote"));
    two[1].onMessage("txs", () => order.push("other group"));
    for (let i = 0; i < 4; i++) expect(one[0].send(ids[1], "sync", new Uint8Array(5 * MIB))).toBe("queued");
    one[0].send(ids[1], "consensus", Uint8Array.of(1));
    two[0].send(ids[1], "txs", Uint8Array.of(2));
    await vi.waitFor(() => expect(order).toHaveLength(6), WAIT);
    // At most one block was on its way before them.
    expect(order.indexOf("vote")).toBeLessThan(2);
    expect(order.indexOf("other group")).toBeLessThan(3);
  });

  it("share the connection fairly between groups under load", async () => {
    const { a, b, ids } = await pair();
    const groups = await Promise.all(
      [ONE, TWO].map(async (group) => [await open(a, group, ids), await open(b, group, ids)] as const),
    );
    const received = [0, 0];
    const atHalf: number[][] = [];
    for (const [index, channels] of groups.entries()) {
      await linked(channels);
      channels[1].onMessage("sync", (_, payload) => {
        received[index]! += payload.length;
        if (received[0]! + received[1]! >= 20 * MIB && atHalf.length === 0) atHalf.push([...received]);
      });
    }
    // Group 1 queues all it has before group 2 queues its first byte.
    for (const [sender] of groups) for (let i = 0; i < 22; i++) sender.send(ids[1], "sync", new Uint8Array(MIB));
    await vi.waitFor(() => expect(received).toEqual([22 * MIB, 22 * MIB]), WAIT);
    const [first, second] = atHalf[0]! as [number, number];
    expect(Math.abs(first - second)).toBeLessThanOrEqual(4 * MIB);
  });

  it("pack small messages of one turn into few writes", async () => {
    const { a, b, ids } = await pair();
    const channels = [await open(a, ONE, ids), await open(b, ONE, ids)] as const;
    await linked(channels);
    let got = 0;
    channels[1].onMessage("txs", () => got++);
    const count = 20_000;
    for (let i = 0; i < count; i++) expect(channels[0].send(ids[1], "txs", new Uint8Array(150))).toBe("queued");
    await vi.waitFor(() => expect(got).toBe(count), WAIT);
    expect(a.metrics.value("fb_p2p_sent_bytes_total", { group: `${ONE}`, module: "txs" })).toBe(count * 154);
    expect(b.metrics.value("fb_p2p_received_messages_total", { group: `${ONE}`, module: "txs" })).toBe(count);
  });

  it("count refused openings of a stranger, who retries without end and without a mark (SPEC 4.5)", async () => {
    const { a, b, ids } = await pair();
    await open(a, ONE, [ids[0]]);
    const hopeful = await open(b, ONE, ids);
    await vi.waitFor(() => expect(a.metrics.value("fb_p2p_channel_refused_total")).toBeGreaterThan(2), WAIT);
    expect(hopeful.peers()).toEqual([]);
    expect(b.network.peers()).toHaveLength(1);
    expect(a.network.peers()).toMatchObject([{ groups: 0 }]);
  });

  it("count the groups shared with a peer", async () => {
    const { a, b, ids } = await pair();
    const one = [await open(a, ONE, ids), await open(b, ONE, ids)];
    const two = [await open(a, TWO, ids), await open(b, TWO, ids)];
    await linked(one);
    await linked(two);
    expect(a.network.peers()).toMatchObject([{ nodeId: ids[1], groups: 2 }]);
    await one[1]!.close();
    await vi.waitFor(() => expect(a.network.peers()).toMatchObject([{ groups: 1 }]), WAIT);
  });

  it("come back when a peer that was banned is forgiven (SPEC 4.6)", async () => {
    const { a, b, ids } = await pair();
    const channels = [await open(a, ONE, ids), await open(b, ONE, ids)] as const;
    await linked(channels);
    for (let i = 0; i < LIMITS.penalties - 1; i++) channels[0].report(ids[1], "penalise", "LATE");
    expect(channels[0].peers()).toEqual([ids[1]]);
    channels[0].report(ids[1], "penalise", "LATE");
    expect(channels[0].peers()).toEqual([]);
    // A new decision of the group overrides the ban: removed and added again is a new member.
    channels[0].setMembers([ids[0]]);
    channels[0].setMembers(ids);
    await linked(channels);
  });

  it("end with the network, which cannot be used again", async () => {
    const { a, b, ids } = await pair();
    const channel = await open(a, ONE, ids);
    expect(() => a.network.group(ONE, ids)).toThrow(expect.objectContaining({ code: "GROUP_OPEN" }));
    await a.network.close();
    await a.network.close();
    expect(channel.send(ids[1], "sync", new Uint8Array(1))).toBe("dropped");
    expect(() => a.network.group(TWO, ids)).toThrow(expect.objectContaining({ code: "NETWORK_CLOSED" }));
    await expect(a.network.start()).rejects.toMatchObject({ code: "NETWORK_CLOSED" });
    await connected(b, []);
  });
});
