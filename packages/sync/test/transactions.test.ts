import { createSeededRng } from "@fb/runtime/testing";
import { toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
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

describe("transaction broadcast", () => {
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

  it("reports who passes on what no honest member accepts, and passes on nothing itself", async () => {
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
    expect(other.pool.txs.size).toBe(0);
    await net.close();
  });
});

describe("fetchTransactions", () => {
  it("brings transactions in the order asked, over several answers when they are many", async () => {
    const net = createTestNetwork();
    const [first, second] = [0, 1].map((i) => net.add(i, history, 1, { batchBytes: 5_000 }));
    await net.clock.advanceAsync(10);
    const txs = makeTxs(200);
    await first!.pool.submit(txs, "peer");
    const wanted = txs.toReversed();
    const fetching = second!.sync.fetchTransactions(
      first!.id,
      wanted.map((raw) => suite.hash(raw)),
    );
    await net.clock.advanceAsync(500);
    expect(await fetching).toEqual(wanted);
    expect(await second!.sync.fetchTransactions(first!.id, [])).toEqual([]);
    await net.close();
  });

  it("answers null when the peer lacks one, is gone, is silent, or sends something else", async () => {
    const net = createTestNetwork();
    const [first, second] = [0, 1].map((i) => net.add(i, history, 1));
    const [known, unknown] = makeTxs(2);
    await first!.pool.submit([known!], "peer");
    const hashes = [known!, unknown!].map((raw) => suite.hash(raw));
    const silent = net.stranger(2);
    const liar = net.stranger(3);
    liar.onMessage("txs", (from, payload) => {
      const request = wire.decode("TxsMessage", payload)?.request;
      if (request) liar.send(from, "txs", txAnswer(request.id, [unknown!]));
    });
    await net.clock.advanceAsync(10);
    const asks = [
      second!.sync.fetchTransactions(first!.id, hashes),
      second!.sync.fetchTransactions(silent.self, hashes),
      second!.sync.fetchTransactions(liar.self, [hashes[0]!]),
      second!.sync.fetchTransactions("ab".repeat(64) as never, hashes),
    ];
    await net.clock.advanceAsync(6_000);
    expect(await Promise.all(asks)).toEqual([null, null, null, null]);
    const cut = second!.sync.fetchTransactions(silent.self, hashes);
    await silent.close();
    expect(await cut).toBeNull();
    const closing = second!.sync.fetchTransactions(first!.id, hashes);
    await second!.sync.close();
    expect(await closing).toBeNull();
    await net.close();
  });
});
