import { createSeededRng } from "@fb/runtime/testing";
import { concatBytes, EMPTY } from "@fb/types";
import { describe, expect, it } from "vitest";
import { account, groupTx } from "./accounts.ts";
import { batchOf, strangers, turn, unpaid, victim, wire } from "./hostile-member.ts";

describe("a member that sends transactions which are useless", () => {
  it("gets so many signatures checked as it may cost, and is named and reported once a second", async () => {
    const { clock, counts, log, attacker, self, settle, codesOf, metric } = await victim();
    for (let message = 0; message < 3; message++) {
      attacker.send(self, "txs", batchOf(unpaid(8_000, message * 8_000)));
      await settle();
    }
    // Half a second of the thread at about 90 us each.
    expect(counts.recovered).toBeGreaterThan(4_500);
    expect(counts.recovered).toBeLessThan(6_000);
    expect(await metric("fb_sync_transactions_received_total", { outcome: "unread" })).toBeGreaterThan(2_000);
    expect(codesOf(attacker)).toEqual(["BUDGET_EXCEEDED"]);
    const before = counts.recovered;
    for (let second = 0; second < 10; second++) {
      clock.advance(1_000);
      for (let i = 0; i < 3; i++) attacker.send(self, "txs", batchOf(unpaid(1_000, 50_000 + second * 1_000)));
      await settle();
    }
    // 5 % of the thread.
    expect((counts.recovered - before) / 10).toBeLessThan(750);
    expect(codesOf(attacker).length).toBeGreaterThanOrEqual(10);
    expect(codesOf(attacker).length).toBeLessThanOrEqual(11);
    const lines = log.lines.filter(({ event }) => event === "peer-over-budget");
    expect(lines.length).toBeLessThanOrEqual(2);
    expect(lines[0]!.fields).toMatchObject({ peer: attacker.self, module: "txs" });
  });

  it("pays no second signature for a replay, and the replays are charged, too", async () => {
    const { clock, counts, attacker, self, settle, codesOf } = await victim();
    const replayed = batchOf(unpaid(3_000));
    attacker.send(self, "txs", replayed);
    await settle();
    expect(counts.recovered).toBe(3_000);
    for (let i = 0; i < 20; i++) {
      attacker.send(self, "txs", replayed);
      await settle();
    }
    expect(counts.recovered).toBe(3_000);
    expect(codesOf(attacker)).toEqual(["BUDGET_EXCEEDED"]);
    // Looked at again once it may cost something again, and then for no more than that.
    const before = counts.hashed;
    clock.advance(1_000);
    for (let i = 0; i < 20; i++) {
      attacker.send(self, "txs", replayed);
      await settle();
    }
    expect((counts.hashed - before) / 2).toBeLessThan(8_000);
  });

  it("holds up neither consensus nor anybody else", async () => {
    const { network, counts, votes, friend, attacker, self, txPool, settle } = await victim();
    attacker.send(self, "txs", batchOf(unpaid(10_000)));
    const good = groupTx(account(2), { blockLimit: 400n });
    friend.send(self, "txs", batchOf([good.raw]));
    friend.send(self, "consensus", EMPTY);
    network.deliver();
    // What came with the flood in one turn: at most one slice is done before it.
    expect(votes[0]).toBeLessThanOrEqual(55);
    let before = counts.recovered;
    let arrivedAfter = Number.NaN;
    const perTurn: number[] = [];
    for (let i = 0; i < 100; i++) {
      friend.send(self, "consensus", EMPTY);
      network.deliver();
      await turn();
      perTurn.push(counts.recovered - before);
      before = counts.recovered;
      if (Number.isNaN(arrivedAfter) && txPool.get(good.hash) !== null) arrivedAfter = counts.recovered;
    }
    expect(Math.max(...perTurn.slice(1))).toBeLessThanOrEqual(55);
    expect(votes).toHaveLength(101);
    expect(arrivedAfter).toBeLessThan(250);
    await settle();
  });
});

describe("a member that floods with valid transactions of strangers", () => {
  it("gets a part of the pool, pays for what is refused, and leaves room and turns to others", async () => {
    const { counts, friend, attacker, self, txPool, settle } = await victim({ maxTransactions: 2_000 });
    for (let message = 0; message < 8; message++) {
      attacker.send(self, "txs", batchOf(strangers(3_000, { from: message * 3_000 })));
      await settle();
    }
    expect(txPool.stats().pending).toBe(500);
    expect(counts.recovered).toBeLessThan(700);
    const good = groupTx(account(2), { blockLimit: 400n });
    friend.send(self, "txs", batchOf([good.raw]));
    await settle();
    const sealed = txPool.seal({ maxTransactions: 10, maxBytes: 1e6 });
    expect(sealed.map(({ tx }) => tx.hash)).toContainEqual(good.hash);
  });
});

describe("a member whose messages are", () => {
  it("2 million empty entries, pays for the bytes and has nothing built", async () => {
    const { network, attacker, self, settle, codesOf } = await victim();
    const empties = new Uint8Array(2 ** 22);
    for (let i = 0; i < empties.length; i += 2) empties[i] = 0x0a;
    const body = concatBytes(Uint8Array.of(0x0a, 0x80, 0x80, 0x80, 0x02), empties);
    attacker.send(self, "txs", body);
    attacker.send(self, "txs", body.subarray(0, 2 ** 21));
    const before = process.memoryUsage().heapUsed;
    await settle();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(16 * 2 ** 20);
    expect(codesOf(attacker)).toEqual(["MESSAGE_MALFORMED", "MESSAGE_MALFORMED"]);
    expect(network.handlerErrors).toEqual([]);
  });

  it("answers nobody asked for, is penalised for each, and none of it is read", async () => {
    const { counts, attacker, self, settle, codesOf } = await victim();
    const items = new Uint8Array(15 * 2 ** 20).fill(0x0a);
    const before = process.memoryUsage();
    const hashed = counts.hashed;
    for (let i = 0; i < 10; i++) {
      attacker.send(self, "sync", wire.encode("SyncMessage", { block_response: { id: i, items } }));
      await settle();
    }
    expect(codesOf(attacker)).toEqual(Array(10).fill("RESPONSE_UNASKED"));
    expect(counts.hashed).toBe(hashed);
    expect(process.memoryUsage().heapUsed - before.heapUsed).toBeLessThan(16 * 2 ** 20);
  });

  it("announcements of what does not exist, is asked for a few and not heard any more", async () => {
    const { clock, network, attacker, self, settle, metric } = await victim();
    let asked = 0;
    attacker.onMessage("txs", (_, payload) => {
      // A request has 34 bytes a hash; links and announcements are shorter here.
      if (payload.length > 10_000) asked++;
    });
    const rng = createSeededRng(5);
    const announce = async () => {
      const hashes = rng.bytes(4_096 * 32);
      attacker.send(self, "txs", wire.encode("TxsMessage", { announce: { hashes } }));
      await settle();
      network.deliver();
    };
    for (let i = 0; i < 100; i++) await announce();
    expect(asked).toBeLessThanOrEqual(12);
    expect(await metric("fb_sync_messages_dropped_total", { module: "txs", reason: "budget" })).toBeGreaterThan(80);
    for (let second = 0; second < 20; second++) {
      clock.advance(1_000);
      await announce();
    }
    // 95 ms for each that is asked for and does not come, out of 50 ms a second.
    expect(asked).toBeLessThanOrEqual(12 + 20);
  });

  it("statuses, has the newest of a turn read and pays for all", async () => {
    const { clock, network, attacker, self, settle, codesOf, metric } = await victim();
    const status = Uint8Array.of(0x0a, 4, 0x08, 2, 0x18, 9);
    const flood = async () => {
      for (let i = 0; i < 10_000; i++) attacker.send(self, "sync", status);
      await settle();
    };
    await flood();
    // It is malformed, so each that was read was a fault.
    expect(codesOf(attacker)).toEqual(["MESSAGE_MALFORMED"]);
    expect(await metric("fb_sync_messages_dropped_total", { module: "sync", reason: "newer" })).toBe(9_999);
    for (let i = 0; i < 11; i++) await flood();
    expect(codesOf(attacker).filter((code) => code === "BUDGET_EXCEEDED")).toHaveLength(1);
    for (let second = 0; second < 3; second++) {
      clock.advance(1_000);
      await flood();
    }
    expect(codesOf(attacker).filter((code) => code === "BUDGET_EXCEEDED")).toHaveLength(4);
    expect(network.handlerErrors).toEqual([]);
  });

  it("more than is worked off, has a bounded number of bytes waiting, and others still have room", async () => {
    const { friend, attacker, self, network, settle, metric } = await victim();
    const large = batchOf([new Uint8Array(2 ** 20)]);
    for (let i = 0; i < 30; i++) attacker.send(self, "txs", large);
    network.deliver();
    expect(await metric("fb_sync_waiting_bytes")).toBeLessThanOrEqual(2 ** 23 + 2 ** 20);
    friend.send(self, "txs", batchOf([groupTx(account(2)).raw]));
    network.deliver();
    expect(await metric("fb_sync_messages_dropped_total", { reason: "queue" })).toBeGreaterThanOrEqual(20);
    for (let i = 0; i < 500 && (await metric("fb_sync_waiting_bytes")) > 0; i++) await settle();
    expect(await metric("fb_sync_waiting_bytes")).toBe(0);
  });
});

describe("a sealer", () => {
  it("is not reported for transactions that are useless, only not heard: its votes are needed", async () => {
    const { friend, self, settle, codesOf, metric, log } = await victim();
    for (let i = 0; i < 3; i++) {
      friend.send(self, "txs", batchOf(unpaid(10_000, i * 10_000)));
      await settle();
    }
    expect(await metric("fb_sync_messages_dropped_total", { module: "txs", reason: "budget" })).toBeGreaterThan(0);
    expect(codesOf(friend)).toEqual([]);
    expect(log.has("peer-over-budget")).toBe(true);
  });
});
