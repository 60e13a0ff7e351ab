import { type Block, encodeBlock, encodeCertificate, type GroupChannel } from "@fb/types";
import { describe, expect, it } from "vitest";
import { type BlockItem, PROTOCOL, wire } from "../src/wire.ts";
import { blockAnswer, createTestNetwork, type History, keyed, makeHistory, members, type TestNode } from "./fixture.ts";

const four = members([0, 1, 2, 3], [4, 5]);
const history = makeHistory(120, () => four);
const all = Array.from({ length: 120 }, (_, i) => i + 1);
const OBSERVER = 4;

const item = (block: Block): BlockItem => ({
  block: encodeBlock(block),
  certificate: encodeCertificate(history.certificates[block.header.number]!),
});

/** A member that tells `claim` of itself and answers block requests as it likes. */
function fake(
  channel: GroupChannel,
  of: History,
  claim: { readonly height: number; readonly lowest: number },
  serve: (from: number, count: number) => { readonly items: readonly BlockItem[]; readonly lowest: number },
) {
  let asked = 0;
  channel.onMessage("sync", (from, payload) => {
    const request = wire.decode("SyncMessage", payload)?.block_request;
    if (!request) return;
    asked++;
    const { items, lowest } = serve(request.from, request.count);
    channel.send(from, "sync", blockAnswer(request.id, items, lowest));
  });
  const status = {
    protocol: PROTOCOL,
    genesis_hash: of.genesisHash,
    height: claim.height,
    head_hash: of.genesisHash,
    rules_version: 1,
    lowest_block: claim.lowest,
  };
  channel.onPeer((_, up) => up && channel.broadcast("sync", wire.encode("SyncMessage", { status })));
  return { asked: () => asked };
}

/** Two sealers that keep blocks from 100 on only, and a node at block 0. */
function prunedNetwork() {
  const net = createTestNetwork();
  const sealers = [0, 1].map((index) => net.add(index, history, 120));
  for (const { chain } of sealers) chain.lowest = 100;
  const node = net.add(OBSERVER, history, 0, { batchBlocks: 10 });
  return { net, node };
}

const events = (node: TestNode) => node.log.lines.map(({ event }) => event).filter((event) => /kept/.test(event));

describe("members that keep the last blocks only (SPEC 3.7)", () => {
  it("are not asked for others, not blamed, and the operator is told when nobody has them", async () => {
    const { net, node } = prunedNetwork();
    let requests = 0;
    net.network.setFilter(({ from, payload }) => {
      if (from === node.id && wire.decode("SyncMessage", payload)?.block_request) requests++;
      return true;
    });
    await net.clock.advanceAsync(4_000);
    expect(node.sync.status()).toMatchObject({ state: "idle", knownHighest: 120, gap: { from: 1, lowest: 100 } });
    expect(node.sync.status().peers.map(({ lowest }) => lowest)).toEqual([100, 100]);
    expect(events(node)).toEqual([]);
    await net.clock.advanceAsync(60_000);
    expect(node.log.lines).toContainEqual(
      expect.objectContaining({ event: "blocks-not-kept", fields: expect.objectContaining({ from: 1, lowest: 100 }) }),
    );
    expect(events(node)).toHaveLength(1);
    expect(requests).toBe(0);
    expect(net.network.reports).toEqual([]);
    await net.close();
  });

  it("are made up for by one that keeps all, whenever it comes", async () => {
    const { net, node } = prunedNetwork();
    await net.clock.advanceAsync(10_000);
    const archive = net.add(2, history, 120);
    await net.clock.advanceAsync(3_000);
    expect(node.chain.imported).toEqual(all);
    expect(node.sync.status()).toMatchObject({ state: "idle", gap: null });
    expect(events(node)).toEqual(["blocks-not-kept", "blocks-kept-again"]);
    expect(archive.halts).toEqual([]);
    expect(net.network.reports).toEqual([]);
    await net.close();
  });

  it("serve the end of a download whose beginning came from another, who may leave then", async () => {
    const { net, node } = prunedNetwork();
    const archive = net.add(OBSERVER + 1, history, 105);
    await net.clock.advanceAsync(3_000);
    expect(node.chain.imported).toEqual(all);
    await archive.channel.close();
    expect(net.network.reports).toEqual([]);
    await net.close();
  });

  it("may prune while they are asked: the answer says so, and another is asked without blame", async () => {
    const net = createTestNetwork();
    const moving = net.add(0, history, 120);
    net.add(1, history, 120);
    const node = net.add(OBSERVER, history, 0, { batchBlocks: 5 });
    // It prunes with every answer, always ahead of what it is asked next.
    net.network.setFilter(({ from, payload }) => {
      const answer = from === moving.id ? wire.decode("SyncMessage", payload)?.block_response : null;
      if (answer) moving.chain.lowest = Math.min(119, moving.chain.lowest + 12);
      return true;
    });
    await net.clock.advanceAsync(10_000);
    expect(node.chain.imported).toEqual(all);
    expect(net.network.reports).toEqual([]);
    await net.close();
  });

  it("are not believed a height below the lowest block they tell", async () => {
    const net = createTestNetwork();
    fake(net.stranger(0), history, { height: 50, lowest: 51 }, () => ({ items: [], lowest: 0 }));
    const node = net.add(OBSERVER, history, 0);
    await net.clock.advanceAsync(1_000);
    expect(node.sync.status().peers).toEqual([]);
    expect(net.network.reports[0]).toMatchObject({ by: node.id, code: "MESSAGE_MALFORMED", action: "penalise" });
    await net.close();
  });

  it("that lie about what they keep delay nobody for long", async () => {
    const net = createTestNetwork();
    const honest = (from: number, count: number) => history.blocks.slice(from, from + count).map(item);
    // Says it has all and serves nothing; has all and says it has not; denies each block only when it is asked for it.
    const claims = fake(net.stranger(0), history, { height: 120, lowest: 0 }, () => ({ items: [], lowest: 0 }));
    const hides = fake(net.stranger(1), history, { height: 120, lowest: 110 }, (from, count) => ({
      items: honest(from, count),
      lowest: 0,
    }));
    const denies = fake(net.stranger(2), history, { height: 120, lowest: 0 }, (from) => ({
      items: [],
      lowest: from + 1,
    }));
    const node = net.add(OBSERVER, history, 0, { batchBlocks: 10 });
    net.add(3, history, 120);
    await net.clock.advanceAsync(10_000);
    expect(node.chain.imported).toEqual(all);
    expect(claims.asked()).toBeLessThan(8);
    expect(hides.asked()).toBeLessThanOrEqual(2);
    expect(denies.asked()).toBeLessThanOrEqual(12);
    const reports = net.network.reports.filter(({ by }) => by === node.id);
    expect(new Set(reports.map(({ peer, code }) => `${keyed.findIndex(({ id }) => id === peer)} ${code}`))).toEqual(
      new Set(["0 HEIGHT_NOT_SERVED"]),
    );
    await net.close();
  });

  it("that only one of them claims to be ahead are no gap to warn of", async () => {
    const net = createTestNetwork();
    net.add(0, history, 20);
    net.add(1, history, 20);
    fake(net.stranger(5), history, { height: 1_000_000, lowest: 900_000 }, () => ({ items: [], lowest: 0 }));
    const node = net.add(OBSERVER, history, 0);
    await net.clock.advanceAsync(20_000);
    expect(node.chain.height).toBe(20);
    expect(node.sync.status()).toMatchObject({ state: "idle", gap: null });
    expect(events(node)).toEqual([]);
    await net.close();
  });
});
