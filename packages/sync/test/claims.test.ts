import { encodeBlock, encodeCertificate, type GroupChannel } from "@fb/types";
import { describe, expect, it } from "vitest";
import { type BlockItem, PROTOCOL, wire } from "../src/wire.ts";
import { blockAnswer, createTestNetwork, makeHistory, members, type TestNode } from "./fixture.ts";

const four = members([0, 1, 2, 3], [4, 5]);
const history = makeHistory(70, () => four);
const FALSE_HEIGHT = 1_000_000_000;

type Serve = (from: number, count: number) => readonly BlockItem[] | null;
const serveTrue: Serve = (from, count) =>
  history.blocks.slice(from, Math.min(from + count, 61)).map((block) => ({
    block: encodeBlock(block),
    certificate: encodeCertificate(history.certificates[block.header.number]!),
  }));

/** A member that claims a false height every second; returns how often it was asked for blocks. */
function liar(net: ReturnType<typeof createTestNetwork>, channel: GroupChannel, serve: Serve) {
  const { genesisHash } = history;
  const told = { protocol: PROTOCOL, genesis_hash: genesisHash, height: FALSE_HEIGHT, head_hash: genesisHash };
  const status = wire.encode("SyncMessage", { status: { ...told, rules_version: 1 } });
  let asked = 0;
  channel.onMessage("sync", (from, payload) => {
    const request = wire.decode("SyncMessage", payload)?.block_request;
    if (!request) return;
    asked++;
    const items = serve(request.from, request.count);
    if (items !== null) channel.send(from, "sync", blockAnswer(request.id, items));
  });
  net.clock.every(1_000, () => channel.broadcast("sync", status));
  return { asked: () => asked };
}

/** What a node shows as the highest height, four times a second. */
async function shown(net: ReturnType<typeof createTestNetwork>, node: TestNode, ms: number): Promise<Set<number>> {
  const heights = new Set<number>();
  for (let passed = 0; passed < ms; passed += 250) {
    await net.clock.advanceAsync(250);
    heights.add(node.sync.status().knownHighest);
  }
  return heights;
}

describe("a height that is only claimed (SPEC 2.2)", () => {
  const ways: [string, Serve][] = [
    ["says nothing more", () => null],
    ["answers with nothing", () => []],
    ["serves what there is", serveTrue],
  ];

  it.each(ways)("is never shown while most members say otherwise, by one that %s", async (_, serve) => {
    const net = createTestNetwork();
    for (const i of [0, 1, 2]) net.add(i, history, 60);
    liar(net, net.stranger(3), serve);
    const node = net.add(4, history, 0);
    await net.clock.advanceAsync(1_000);
    expect(node.chain.height).toBe(60);
    expect([...(await shown(net, node, 60_000))]).toEqual([60]);
    await net.close();
  });

  it.each(ways)("is not shown any more once it was not served, by one of two that %s", async (_, serve) => {
    const net = createTestNetwork();
    const honest = net.add(0, history, 60);
    liar(net, net.stranger(3), serve);
    const node = net.add(4, history, 0);
    await net.clock.advanceAsync(10_000);
    expect([...(await shown(net, node, 60_000))]).toEqual([60]);
    honest.chain.grow(61);
    await net.clock.advanceAsync(1_000);
    expect(node.chain.height).toBe(61);
    await net.close();
  });

  it.each(ways)("is asked for ever more rarely when nobody else is there, by one that %s", async (_, serve) => {
    const net = createTestNetwork();
    const only = liar(net, net.stranger(3), serve);
    const node = net.add(4, history, 60);
    await net.clock.advanceAsync(600_000);
    expect(only.asked()).toBeLessThan(20);
    expect(node.halts).toEqual([]);
    await net.close();
  });

  it("does not slow a node down that follows the head", async () => {
    const net = createTestNetwork();
    const honest = net.add(0, history, 10);
    liar(net, net.stranger(3), () => null);
    const node = net.add(4, history, 10);
    await net.clock.advanceAsync(20_000);
    for (let height = 11; height <= 60; height++) {
      honest.chain.grow(height);
      await net.clock.advanceAsync(500);
      expect(node.chain.height).toBeGreaterThanOrEqual(height - 1);
    }
    await net.close();
  });

  it("is refused with hashes of another length", async () => {
    const net = createTestNetwork();
    const node = net.add(4, history, 0);
    const channel = net.stranger(3);
    await net.clock.advanceAsync(10);
    const status = { protocol: PROTOCOL, genesis_hash: history.genesisHash, height: 5, rules_version: 1 };
    const long = wire.encode("SyncMessage", { status: { ...status, head_hash: new Uint8Array(1_000_000) } });
    channel.send(node.id, "sync", long);
    await net.clock.advanceAsync(10);
    expect(net.network.reports.map(({ code }) => code)).toEqual(["MESSAGE_MALFORMED"]);
    expect(node.sync.status().peers).toEqual([]);
    await net.close();
  });
});
