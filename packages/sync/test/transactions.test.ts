import { createSeededRng } from "@fb/runtime/testing";
import { concatBytes, toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { DEFAULT_SYNC_OPTIONS } from "../src/index.ts";
import { wire } from "../src/wire.ts";
import { createTestNetwork, makeHistory, members, suite, txAnswer } from "./fixture.ts";

const history = makeHistory(1, () => members([0, 1, 2, 3]));
const rng = createSeededRng(3);
const makeTxs = (count: number, bytes = 100) =>
  Array.from({ length: count }, () => {
    const raw = rng.bytes(bytes);
    raw[0] = 1;
    return raw;
  });

describe("transaction broadcast (SPEC 5.1)", () => {
  it("sends each transaction once to each member, in batches", async () => {
    const net = createTestNetwork();
    const nodes = [0, 1, 2, 3].map((i) => net.add(i, history, 1));
    let batches = 0;
    net.network.setFilter(({ module, payload }) => {
      if (module === "txs" && wire.decode("TxsMessage", payload)?.batch) batches++;
      return true;
    });
    await net.clock.advanceAsync(10);
    const txs = makeTxs(300);
    await nodes[0]!.pool.submit(txs.slice(0, 200), "client");
    await nodes[1]!.pool.submit(txs.slice(200), "client");
    await net.clock.advanceAsync(30);
    const hashes = txs.map((raw) => toHex(suite.hash(raw)));
    for (const node of nodes) expect(new Set(node.pool.txs.keys())).toEqual(new Set(hashes));
    expect(nodes[2]!.pool.received.toSorted()).toEqual(hashes.toSorted());
    expect(batches).toBe(6);
    await net.close();
  });

  it("cuts batches by bytes", async () => {
    const net = createTestNetwork();
    const [first, second] = [0, 1].map((i) => net.add(i, history, 1, { txBatchBytes: 10_000 }));
    let largest = 0;
    net.network.setFilter(({ payload }) => {
      largest = Math.max(largest, payload.length);
      return true;
    });
    await first!.pool.submit([...makeTxs(300, 400), ...makeTxs(1, 30_000)], "client");
    await net.clock.advanceAsync(50);
    expect(second!.pool.txs.size).toBe(301);
    expect(largest).toBeLessThan(31_000);
    await net.close();
  });

  it("gives a member that comes later what still waits", async () => {
    const net = createTestNetwork();
    const first = net.add(0, history, 1);
    const txs = makeTxs(20);
    await first.pool.submit(txs, "client");
    await net.clock.advanceAsync(50);
    first.pool.txs.delete(toHex(suite.hash(txs[3]!)));
    const second = net.add(1, history, 1);
    await net.clock.advanceAsync(50);
    expect(second.pool.txs.size).toBe(19);
    net.network.partition([second.id]);
    await first.pool.submit(makeTxs(5), "client");
    await net.clock.advanceAsync(50);
    net.network.heal();
    await net.clock.advanceAsync(50);
    expect(second.pool.txs.size).toBe(24);
    await net.close();
  });

  it("offers again what a full pool refused or the network lost", async () => {
    const net = createTestNetwork();
    const [first, second, third] = [0, 1, 2].map((i) => net.add(i, history, 1));
    await net.clock.advanceAsync(10);
    second!.pool.full = true;
    net.network.setFilter(({ to, module }) => !(to === third!.id && module === "txs"));
    await first!.pool.submit(makeTxs(50), "client");
    await net.clock.advanceAsync(1_000);
    expect([second!.pool.txs.size, third!.pool.txs.size]).toEqual([0, 0]);
    second!.pool.full = false;
    net.network.setFilter(null);
    await net.clock.advanceAsync(20_000);
    expect([second!.pool.txs.size, third!.pool.txs.size]).toEqual([50, 50]);
    const before = second!.pool.received.length;
    await net.clock.advanceAsync(30_000);
    expect(second!.pool.received.length).toBe(before);
    await net.close();
  });

  it("keeps its log no longer than what waits", async () => {
    const net = createTestNetwork();
    const [first, second] = [0, 1].map((i) => net.add(i, history, 1));
    let received = 0;
    for (let round = 0; round < 30; round++) {
      await first!.pool.submit(makeTxs(1_000, 20), "client");
      await net.clock.advanceAsync(30);
      received += second!.pool.txs.size;
      first!.pool.txs.clear();
      second!.pool.txs.clear();
    }
    expect(received).toBe(30_000);
    expect(second!.pool.received.length).toBe(30_000);
    await net.close();
  });

  it("reports who passes on what no honest member accepts, and does not pass it on itself (SPEC 5.4)", async () => {
    const net = createTestNetwork();
    const node = net.add(0, history, 1);
    const other = net.add(1, history, 1);
    const channel = net.stranger(2);
    await net.clock.advanceAsync(10);
    const bad = makeTxs(1)[0]!;
    bad[0] = 0xff;
    channel.send(node.id, "txs", wire.encode("TxsMessage", { batch: { txs: [...makeTxs(2), bad] } }));
    await net.clock.advanceAsync(100);
    expect(net.network.reports.map(({ code, action }) => `${code} ${action}`)).toEqual(["TX_INVALID penalise"]);
    expect(node.pool.txs.size).toBe(2);
    expect(other.pool.received.toSorted()).toEqual([...node.pool.txs.keys()].toSorted());
    await net.close();
  });
});

describe("announced transactions (SPEC 5.3)", () => {
  const announce = (...txs: Uint8Array[]) =>
    wire.encode("TxsMessage", { announce: { hashes: concatBytes(...txs.map((raw) => suite.hash(raw))) } });
  const requestIn = (payload: Uint8Array) => wire.decode("TxsMessage", payload)?.request;

  it("come over several answers when they are many", async () => {
    const net = createTestNetwork();
    const [first, second] = [0, 1].map((i) => net.add(i, history, 1, { batchBytes: 5_000 }));
    await first!.pool.submit(makeTxs(200), "peer");
    await net.clock.advanceAsync(20_100);
    expect(second!.pool.txs.size).toBe(200);
    expect(second!.pool.received).toHaveLength(200);
    await net.close();
  });

  it("come from the next who announced them when the first is silent, gone, lacks them or sends something else", async () => {
    const net = createTestNetwork();
    const node = net.add(0, history, 1);
    const [silent, poor, liar, honest] = [1, 2, 3, 4].map((i) => net.stranger(i));
    const [wanted, other] = makeTxs(2);
    const asked: string[] = [];
    const serve = (channel: typeof silent, name: string, txs: readonly Uint8Array[] | null) =>
      channel!.onMessage("txs", (from, payload) => {
        const request = requestIn(payload);
        if (!request) return;
        asked.push(name);
        if (txs !== null) channel!.send(from, "txs", txAnswer(request.id, txs));
      });
    serve(silent, "silent", null);
    serve(poor, "poor", []);
    serve(liar, "liar", [other!]);
    serve(honest, "honest", [wanted!]);
    await net.clock.advanceAsync(10);
    for (const channel of [silent, poor, liar, honest]) {
      channel!.send(node.id, "txs", announce(wanted!));
      await net.clock.advanceAsync(10);
    }
    expect(asked).toEqual(["silent"]);
    await net.clock.advanceAsync(6_000);
    expect(asked).toEqual(["silent", "poor", "liar", "honest"]);
    expect([...node.pool.txs.keys()]).toEqual([toHex(suite.hash(wanted!))]);
    expect(net.network.reports).toMatchObject([{ peer: liar!.self, code: "RESPONSE_WRONG", action: "penalise" }]);
    await net.close();
  });

  it("that were refused are asked for once a beat, whoever announces them", async () => {
    const net = createTestNetwork();
    const node = net.add(0, history, 1);
    const others = [1, 2, 3].map((i) => net.stranger(i));
    const [tx] = makeTxs(1);
    let asked = 0;
    for (const channel of others) {
      channel.onMessage("txs", (from, payload) => {
        const request = requestIn(payload);
        if (request) channel.send(from, "txs", txAnswer(request.id, [tx!]));
        if (request) asked++;
      });
    }
    await net.clock.advanceAsync(10);
    node.pool.full = true;
    for (let round = 1; round <= 3; round++) {
      for (const channel of others) channel.send(node.id, "txs", announce(tx!));
      await net.clock.advanceAsync(DEFAULT_SYNC_OPTIONS.announceMs);
      expect(asked).toBe(round);
    }
    await net.close();
  });

  it("are dropped with whoever was asked, when sync stops", async () => {
    const net = createTestNetwork();
    const node = net.add(0, history, 1);
    const silent = net.stranger(1);
    await net.clock.advanceAsync(10);
    silent.send(node.id, "txs", announce(...makeTxs(1)));
    await net.clock.advanceAsync(10);
    await silent.close();
    await node.sync.close();
    await net.clock.advanceAsync(10);
    expect(net.clock.pending()).toBe(0);
  });
});
