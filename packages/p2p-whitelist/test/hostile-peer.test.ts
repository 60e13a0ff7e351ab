import { systemClock } from "@fb/runtime";
import { concatBytes, type GroupId, type NodeId } from "@fb/types";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { encodeOpen } from "../src/channel/frames.ts";
import { channelProtocol } from "../src/index.ts";
import { LIMITS } from "../src/limits.ts";
import { connectRaw, type RawPeer, YAMUX_FLAG, YAMUX_FRAME, yamuxFrame } from "../src/testing/index.ts";
import { connected, createTestChain, type TestChain, type TestNode, WAIT } from "./test-nodes.ts";

const { data, windowUpdate, ping } = YAMUX_FRAME;
const { syn, rst } = YAMUX_FLAG;

/** Budgets do not come back, however slow this machine is. */
const stopped = { ...systemClock, monotonic: () => 0 };

let chain: TestChain;
const peers: RawPeer[] = [];
beforeAll(async () => {
  chain = await createTestChain();
});
afterEach(async () => {
  for (const peer of peers.splice(0)) await peer.close();
});
afterAll(() => chain.close());

async function attack(node: TestNode): Promise<RawPeer> {
  const identity = await chain.agency.issueNode("hostile");
  const peer = await connectRaw({ ...node.address, ...identity, ca: chain.ca.pem, chainId: 1 });
  peers.push(peer);
  await connected(node, [identity.nodeId]);
  return peer;
}

/** The node ended the connection for this reason, counted it, and named the peer. */
async function expectCut(node: TestNode, peer: RawPeer, cause: string): Promise<void> {
  await vi.waitFor(() => expect(node.metrics.value("fb_p2p_shed_total", { cause })).toBe(1), WAIT);
  await peer.closed;
  expect(node.log.lines).toContainEqual(
    expect.objectContaining({
      level: "warn",
      event: "peer-shed",
      fields: { peer: peer.nodeId, name: "hostile", agency: "agency-a", cause },
    }),
  );
  await connected(node, []);
}

/** The opening of a stream up to its open frame, as libp2p does it. */
function openStream(id: number, group: number, module: "consensus" | "sync" | "txs" = "sync"): Uint8Array {
  const line = (text: string) => concatBytes(Uint8Array.of(text.length + 1), new TextEncoder().encode(`${text}\n`));
  const body = concatBytes(
    line("/multistream/1.0.0"),
    line(channelProtocol(1)),
    encodeOpen({ type: "channel", groupId: group, module }),
  );
  return concatBytes(yamuxFrame(windowUpdate, syn, id, 0), yamuxFrame(data, 0, id, body.length, body));
}

/** That many streams, each opened and reset. */
function openAndReset(count: number): Uint8Array {
  const pair = (id: number) => [yamuxFrame(windowUpdate, syn, id, 0), yamuxFrame(windowUpdate, rst, id, 0)];
  return concatBytes(...Array.from({ length: count }, (_, i) => pair(1 + 2 * i)).flat());
}

describe("a hostile peer that was admitted (SPEC 6.1, 6.2)", () => {
  it("is cut at its first ping: an answer that is never read would wait here", async () => {
    const node = await chain.start();
    const peer = await attack(node);
    peer.pause();
    peer.send(yamuxFrame(ping, syn, 0, 1));
    await expectCut(node, peer, "ping");
  });

  it("is cut at the header of a frame of 4 GiB", async () => {
    const node = await chain.start();
    const peer = await attack(node);
    peer.send(concatBytes(openStream(1, 1), yamuxFrame(data, 0, 1, 0xffffffff)));
    await expectCut(node, peer, "frame");
  });

  it("is cut when it sends more than an opening on a stream that is not accepted", async () => {
    const node = await chain.start();
    const peer = await attack(node);
    // A protocol asked for again and again is an answer each, worked off without a pause.
    const question = new TextEncoder().encode("\x03ls\n".repeat(1_000));
    peer.send(concatBytes(yamuxFrame(windowUpdate, syn, 1, 0), yamuxFrame(data, 0, 1, question.length, question)));
    await expectCut(node, peer, "unaccepted");
  });

  it("is cut when it opens and resets streams without end, if it is a member: a stranger's budget ends before", async () => {
    const node = await chain.start([], { clock: stopped });
    const peer = await attack(node);
    node.network.group(1 as GroupId, [node.network.nodeId, peer.nodeId]);
    peer.send(openAndReset(2 * LIMITS.openBurst));
    await expectCut(node, peer, "openings");
  });

  it("is cut when it gives room that nobody used", async () => {
    const node = await chain.start();
    const peer = await attack(node);
    peer.send(concatBytes(openStream(1, 1), yamuxFrame(windowUpdate, 0, 1, 0xffffffff)));
    await expectCut(node, peer, "window");
  });

  it("is cut when it repeats window updates", async () => {
    const node = await chain.start();
    const peer = await attack(node);
    const updates = concatBytes(...Array.from({ length: 200 }, () => yamuxFrame(windowUpdate, 0, 1, 0)));
    peer.send(concatBytes(yamuxFrame(windowUpdate, syn, 1, 0), updates));
    await expectCut(node, peer, "updates");
  });

  it("writes few lines, however often it comes and goes", async () => {
    const node = await chain.start();
    const identity = await chain.agency.issueNode("restless");
    for (let i = 0; i < 15; i++) {
      const peer = await connectRaw({ ...node.address, ...identity, ca: chain.ca.pem, chainId: 1 });
      await connected(node, [identity.nodeId]);
      await peer.close();
      await connected(node, []);
    }
    const lines = node.log.lines.filter(({ event }) => event === "peer-connected" || event === "peer-disconnected");
    expect(lines).toHaveLength(10);
    await node.network.close();
    expect(node.log.lines.find(({ event }) => event === "lines-withheld")).toMatchObject({
      fields: { lines: 20, of: "peer-connected peer-disconnected", mostOf: identity.nodeId },
    });
  });

  it("shares what strangers of its agency may cost, however many they are, and members have their own (SPEC 5.3)", async () => {
    const node = await chain.start([], { clock: stopped });
    const friend = await chain.start([node]);
    const members = [node.network.nodeId, friend.network.nodeId] as NodeId[];
    const channels = [node.network.group(1 as GroupId, members), friend.network.group(1 as GroupId, members)] as const;
    await vi.waitFor(() => expect(channels[1].peers()).toHaveLength(1), WAIT);
    // Within every rule of one connection.
    const openings = openAndReset(300);
    for (let i = 0; i < 2; i++) {
      const identity = await chain.agency.issueNode("hostile");
      const peer = await connectRaw({ ...node.address, ...identity, ca: chain.ca.pem, chainId: 1 });
      peers.push(peer);
      peer.send(openings);
    }
    await vi.waitFor(
      () => expect(node.metrics.value("fb_p2p_throttled_total", { what: "connection" })).toBeGreaterThan(0),
      WAIT,
    );
    let got = 0;
    channels[0].onMessage("consensus", () => got++);
    for (let i = 0; i < 20; i++) channels[1].send(node.network.nodeId, "consensus", Uint8Array.of(i));
    await vi.waitFor(() => expect(got).toBe(20), WAIT);
    expect(node.log.lines.find(({ event }) => event === "peer-throttled")?.fields).toMatchObject({ name: "hostile" });
    expect(node.metrics.value("fb_p2p_shed_total")).toBe(0);
  });
});
