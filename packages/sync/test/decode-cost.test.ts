import type { ModuleName } from "@fb/types";
import { decodeCost } from "@fb/types/testing";
import { describe, expect, it } from "vitest";
import { MAX_ANNOUNCED_HASHES, MAX_SENT_TXS, wire } from "../src/wire.ts";
import { createTestNetwork, makeHistory, members } from "./fixture.ts";

const repeat = (count: number, ...unit: number[]) =>
  Uint8Array.from({ length: count * unit.length }, (_, i) => unit[i % unit.length]!);
/** A million empty elements: two bytes each. */
const empties = repeat(2 ** 20, 0x0a, 0);
const zeros = new Uint8Array(2 ** 20);

const bombs: readonly [string, ModuleName, Uint8Array][] = [
  ["the same status again and again", "sync", empties],
  ["block requests again and again", "sync", repeat(2 ** 20, 0x12, 0)],
  [
    "a block response of empty items",
    "sync",
    wire.encode("SyncMessage", { block_response: { id: 1, items: empties } }),
  ],
  ["a status with long hashes", "sync", wire.encode("SyncMessage", { status: status(zeros) })],
  ["a batch of empty transactions", "txs", concat(0x0a, empties)],
  [
    "an announcement of a million hashes",
    "txs",
    wire.encode("TxsMessage", { announce: { hashes: repeat(2 ** 20, 7) } }),
  ],
  [
    "a request for a million hashes",
    "txs",
    wire.encode("TxsMessage", { request: { id: 1, hashes: repeat(2 ** 22, 7) } }),
  ],
  ["a response of empty transactions", "txs", wire.encode("TxsMessage", { response: { id: 1, txs: empties } })],
  ["unknown fields", "txs", repeat(2 ** 20, 0x7a, 0)],
];

function status(hash: Uint8Array) {
  return { protocol: 2, genesis_hash: hash, height: 1, head_hash: hash, rules_version: 1 };
}

/** One nested message, its length in four bytes. */
function concat(tag: number, body: Uint8Array): Uint8Array {
  const length = [0, 7, 14, 21].map((shift) => ((body.length >>> shift) & 0x7f) | (shift < 21 ? 0x80 : 0));
  const out = new Uint8Array(5 + body.length);
  out.set([tag, ...length]);
  out.set(body, 5);
  return out;
}

describe("what a message costs (SPEC 1.2)", () => {
  it.each(bombs)("is bounded for %s", async (_, module, payload) => {
    const decode = (bytes: Uint8Array) =>
      module === "sync" ? wire.decode("SyncMessage", bytes) : wire.decode("TxsMessage", bytes);
    expect(decodeCost(decode, payload)).toBeLessThanOrEqual(0);
    const net = createTestNetwork();
    const node = net.add(
      0,
      makeHistory(3, () => members([0, 1])),
      3,
    );
    const liar = net.stranger(1);
    await net.clock.advanceAsync(10);
    liar.send(node.id, module, payload);
    await net.clock.advanceAsync(10);
    expect(node.pool.received).toEqual([]);
    expect(net.network.handlerErrors).toEqual([]);
    await net.close();
  });

  it("is bounded for items and transactions that were asked for", () => {
    expect(decodeCost((bytes) => wire.decode("BlockItems", bytes), empties)).toBeLessThanOrEqual(0);
    expect(decodeCost((bytes) => wire.decode("TxList", bytes), empties)).toBeLessThanOrEqual(0);
    const most = repeat(MAX_SENT_TXS, 0x0a, 0);
    expect(wire.decode("TxList", most)?.txs).toHaveLength(MAX_SENT_TXS);
    expect(decodeCost((bytes) => wire.decode("TxList", bytes), most)).toBeLessThanOrEqual(0);
  });

  it("counts the hashes of an announcement before it looks at one", async () => {
    const net = createTestNetwork();
    const node = net.add(
      0,
      makeHistory(3, () => members([0, 1])),
      3,
    );
    const channel = net.stranger(1);
    await net.clock.advanceAsync(10);
    const announce = (hashes: number) =>
      channel.send(node.id, "txs", wire.encode("TxsMessage", { announce: { hashes: repeat(hashes * 32, 1) } }));
    announce(MAX_ANNOUNCED_HASHES);
    await net.clock.advanceAsync(10);
    expect(net.network.reports).toEqual([]);
    announce(MAX_ANNOUNCED_HASHES + 1);
    await net.clock.advanceAsync(10);
    expect(net.network.reports.map(({ code }) => code)).toEqual(["MESSAGE_MALFORMED"]);
    await net.close();
  });
});
