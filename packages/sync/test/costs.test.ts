import { createSeededRng } from "@fb/runtime/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PROTOCOL, wire } from "../src/wire.ts";
import { blockAnswer, createTestNetwork, makeHistory, members, txAnswer } from "./fixture.ts";

const four = members([0, 1, 2, 3], [4, 5, 6, 7]);
const short = makeHistory(3, () => four);

describe("a correct member never uses up what it may cost (SPEC 7.1)", () => {
  /** Three thousand a second from four members for a while; each brings what the others bring, too. */
  async function load(prepare: (pool: { full: boolean }) => void) {
    const net = createTestNetwork();
    const node = net.add(0, short, 3);
    prepare(node.pool);
    const bringers = [1, 2, 4, 5].map((index) => net.stranger(index));
    await net.clock.advanceAsync(10);
    const rng = createSeededRng(3);
    for (let round = 0; round < 400; round++) {
      const txs = Array.from({ length: 75 }, () => Uint8Array.of(1, ...rng.bytes(120)));
      for (const bringer of bringers) bringer.send(node.id, "txs", wire.encode("TxsMessage", { batch: { txs } }));
      await net.clock.advanceAsync(25);
    }
    await net.close();
    return { net, node };
  }

  it("not when everybody brings the same three thousand a second", async () => {
    const { net, node } = await load(() => {});
    expect(node.pool.received.length).toBe(4 * 400 * 75);
    expect(node.pool.txs.size).toBe(400 * 75);
    expect(net.network.reports).toEqual([]);
    expect(node.log.has("peer-over-budget")).toBe(false);
  });

  it("not while the pool is full", async () => {
    const { net, node } = await load((pool) => {
      pool.full = true;
    });
    expect(node.pool.received.length).toBe(4 * 400 * 75);
    expect(net.network.reports).toEqual([]);
    expect(node.log.has("peer-over-budget")).toBe(false);
  });

  it("not when it comes back and sends all that waits once more", async () => {
    const net = createTestNetwork();
    const rng = createSeededRng(4);
    const source = net.add(1, short, 3);
    const node = net.add(0, short, 3);
    await source.pool.submit(
      Array.from({ length: 20_000 }, () => Uint8Array.of(1, ...rng.bytes(120))),
      "client",
    );
    await net.clock.advanceAsync(1_000);
    expect(node.pool.txs.size).toBe(20_000);
    for (let time = 0; time < 3; time++) {
      net.network.partition([source.id], [node.id]);
      await net.clock.advanceAsync(20);
      net.network.heal();
      await net.clock.advanceAsync(1_000);
    }
    // The first time it was sent all from the beginning a second ago.
    expect(node.pool.received.length).toBe(20_000);
    for (let time = 0; time < 3; time++) {
      await net.clock.advanceAsync(10_000);
      net.network.partition([source.id], [node.id]);
      await net.clock.advanceAsync(20);
      net.network.heal();
      await net.clock.advanceAsync(1_000);
    }
    expect(node.pool.received.length).toBe(4 * 20_000);
    expect(net.network.reports).toEqual([]);
    expect(node.log.has("peer-over-budget")).toBe(false);
    await net.close();
  });

  it("not when the only server of it is asked for a long chain: its requests wait, none is lost", async () => {
    const net = createTestNetwork();
    const long = makeHistory(4_000, () => members([0]));
    const server = net.add(0, long, 4_000);
    const node = net.add(4, long, 0);
    await net.clock.advanceAsync(6_000);
    expect(node.chain.height).toBe(4_000);
    expect(net.network.reports.filter(({ code }) => code !== "REQUEST_TIMEOUT")).toEqual([]);
    expect(net.network.reports).toEqual([]);
    expect(server.log.has("peer-over-budget")).toBe(false);
    await net.close();
  });
});

describe("a member that downloads again and again (SPEC 4.2)", () => {
  it("is served its share, and others are served beside it", async () => {
    const net = createTestNetwork();
    const history = makeHistory(200, () => members([0]));
    const server = net.add(0, history, 200);
    const greedy = net.stranger(5);
    let served = 0;
    greedy.onMessage("sync", (_, payload) => {
      if (wire.decode("SyncMessage", payload)?.block_response) served++;
    });
    await net.clock.advanceAsync(10);
    let id = 1;
    const stop = net.clock.every(5, () => {
      const block_request = { id: id++, from: 1, count: 64, max_bytes: 2 ** 21 };
      greedy.send(server.id, "sync", wire.encode("SyncMessage", { block_request }));
    });
    await net.clock.advanceAsync(20_000);
    const before = served;
    // 100 ms a second at 6.4 ms each; several that wait go on together.
    expect(before).toBeLessThan((1_000 + 20 * 100) / 6.4 + 10);
    const node = net.add(4, history, 0);
    await net.clock.advanceAsync(1_000);
    expect(node.chain.height).toBe(200);
    stop();
    expect(net.network.reports).toEqual([]);
    await net.close();
  });
});

describe("the height that is shown (SPEC 2.2)", () => {
  it("is no claim of observers, however many they are, nor of as many sealers as may be faulty", async () => {
    const net = createTestNetwork();
    const node = net.add(0, short, 3);
    net.add(1, short, 3);
    const status = (height: number) =>
      wire.encode("SyncMessage", {
        status: {
          protocol: PROTOCOL,
          genesis_hash: short.genesisHash,
          height,
          head_hash: short.genesisHash,
          rules_version: 1,
        },
      });
    const liars = [4, 5, 6, 7, 2].map((index) => net.stranger(index));
    await net.clock.advanceAsync(10);
    for (let i = 0; i < 20; i++) {
      for (const liar of liars) liar.send(node.id, "sync", status(1_000_000));
      await net.clock.advanceAsync(250);
      expect(node.sync.status().knownHighest).toBe(3);
    }
    net.stranger(3).send(node.id, "sync", status(1_000));
    await net.clock.advanceAsync(10);
    expect(node.sync.status().knownHighest).toBe(1_000);
    await net.close();
  });
});

describe("whatever bytes a member sends", () => {
  const bytes = (max: number) => fc.uint8Array({ maxLength: max });
  const hashes = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 20 });
  const whole = (parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
  const small = fc.integer({ min: 0, max: 2 ** 31 });
  const message = fc.oneof(
    fc.record({ module: fc.constant("txs" as const), payload: bytes(200) }),
    fc.record({ module: fc.constant("sync" as const), payload: bytes(200) }),
    fc.array(bytes(100), { maxLength: 30 }).map((txs) => ({
      module: "txs" as const,
      payload: wire.encode("TxsMessage", { batch: { txs } }),
    })),
    hashes.map((list) => ({
      module: "txs" as const,
      payload: wire.encode("TxsMessage", { announce: { hashes: whole(list) } }),
    })),
    fc.tuple(small, hashes).map(([id, list]) => ({
      module: "txs" as const,
      payload: wire.encode("TxsMessage", { request: { id, hashes: whole(list) } }),
    })),
    fc.tuple(small, fc.array(bytes(50), { maxLength: 5 })).map(([id, txs]) => ({
      module: "txs" as const,
      payload: txAnswer(id, txs),
    })),
    bytes(100).map((links) => ({
      module: "txs" as const,
      payload: wire.encode("TxsMessage", { links: { members: links } }),
    })),
    fc.tuple(small, small, small).map(([id, from, count]) => ({
      module: "sync" as const,
      payload: wire.encode("SyncMessage", { block_request: { id, from, count, max_bytes: count } }),
    })),
    fc.tuple(small, bytes(100)).map(([id, block]) => ({
      module: "sync" as const,
      payload: blockAnswer(id, [{ block, certificate: block }]),
    })),
  );
  /** A byte changed here and there, and cut. */
  const damaged = fc
    .tuple(message, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }), fc.nat())
    .map(([{ module, payload }, flips, cut]) => {
      const copy = payload.slice(0, cut % 4 === 0 ? cut % (payload.length + 1) : payload.length);
      for (const [at, value] of flips) if (copy.length > 0) copy[at % copy.length] = value;
      return { module, payload: copy };
    });

  it("no handler throws, nothing stays waiting, and correct members are heard all the time", async () => {
    const net = createTestNetwork();
    const node = net.add(0, short, 3);
    const friend = net.add(1, short, 3);
    const liar = net.stranger(5);
    await net.clock.advanceAsync(10);
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(damaged, { maxLength: 20 }), async (messages) => {
        for (const { module, payload } of messages) liar.send(node.id, module, payload);
        await friend.pool.submit([Uint8Array.of(1, sent & 0xff, sent >> 8)], "client");
        sent++;
        await net.clock.advanceAsync(50);
        expect(friend.pool.txs.size).toBeGreaterThanOrEqual(sent);
        for (const key of friend.pool.txs.keys()) expect(node.pool.txs.has(key)).toBe(true);
      }),
      { numRuns: 300, seed: 9 },
    );
    expect(net.network.handlerErrors).toEqual([]);
    expect(net.network.reports.filter(({ by, peer }) => by === node.id && peer === friend.id)).toEqual([]);
    await net.close();
  });
});
