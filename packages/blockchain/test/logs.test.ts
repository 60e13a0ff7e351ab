import { createSeededRng } from "@fb/runtime/testing";
import { equalBytes, type Hash, type Log } from "@fb/types";
import { describe, expect, it } from "vitest";
import type { FoundLog, FoundLogs, LogPosition, LogQuery } from "../src/index.ts";
import { logBytes } from "../src/logs.ts";
import { addressOfSender, groupTx, hash32, openNode } from "./fixture.ts";

const addresses = [0, 1, 2].map(addressOfSender);
const topics = ["a", "b", "c"].map(hash32);
const limits = { maxBlocks: 1_000, maxLogs: 1_000, maxBytes: 1_000_000 };
const wide = { addresses: [], topics: [], ...limits };
const start = (block: number) => ({ block, logIndex: 0 });

/** A chain of random logs, with every log in a flat list. */
async function randomChain(seed: number) {
  const rng = createSeededRng(seed);
  const node = await openNode(undefined, undefined, rng.below(2) * 1_000_000);
  const all: { log: Log; number: number; transactionIndex: number; logIndex: number }[] = [];
  for (let number = 1; number <= 20; number++) {
    let logIndex = 0;
    const logs = Array.from({ length: rng.below(4) }, (_, transactionIndex) =>
      Array.from({ length: rng.below(3) }, () => {
        const log = {
          address: addresses[rng.below(3)]!,
          topics: Array.from({ length: rng.below(4) }, () => topics[rng.below(3)]!),
          data: rng.bytes(rng.below(5)),
        };
        all.push({ log, number, transactionIndex, logIndex: logIndex++ });
        return log;
      }),
    );
    await node.add({ txs: logs.map((_, i) => groupTx(1, number * 10 + i, number + 5)), logs });
  }
  return { chain: node.chain, all, rng };
}

const has = (list: readonly Uint8Array[], value: Uint8Array) => list.some((item) => equalBytes(item, value));

/** The rule, written down naively. */
function matches(log: Log, query: Pick<LogQuery, "addresses" | "topics">): boolean {
  if (query.addresses.length > 0 && !has(query.addresses, log.address)) return false;
  if (query.topics.length > log.topics.length) return false;
  return query.topics.every((choices, i) => choices === null || has(choices as Hash[], log.topics[i]!));
}

describe("logs", () => {
  it.each([1, 2, 3])("finds what a naive search finds, seed %i", async (seed) => {
    const { chain, all, rng } = await randomChain(seed);
    for (let i = 0; i < 60; i++) {
      const from = rng.below(22);
      const query = {
        ...wide,
        from: start(from),
        to: from + rng.below(25),
        addresses: addresses.filter(() => rng.below(3) === 0),
        topics: Array.from({ length: rng.below(3) }, () =>
          rng.below(2) ? null : topics.filter(() => rng.below(2) === 0),
        ),
      };
      const result = await chain.logs(query);
      const expected = all.filter(({ log, number }) => number >= from && number <= query.to && matches(log, query));
      expect(result.next).toBeNull();
      expect(
        result.logs.map(({ log, block, transactionIndex, logIndex }) => ({
          log,
          number: block.header.number,
          transactionIndex,
          logIndex,
        })),
      ).toEqual(expected);
    }
  });

  it.each([
    ["logs", { maxLogs: 1 }],
    ["logs", { maxLogs: 2 }],
    ["blocks", { maxBlocks: 3 }],
    ["bytes", { maxBytes: 1 }],
    ["bytes", { maxBytes: 700 }],
  ])("gives everything in pieces, each within its limit of %s (%j)", async (_what, limit) => {
    const { chain, all } = await randomChain(4);
    const found: FoundLog[] = [];
    for (let from: LogPosition | null = start(1), pieces = 0; from !== null; pieces++) {
      const page: FoundLogs = await chain.logs({ ...wide, ...limit, from, to: 1e9 });
      const { maxLogs, maxBytes, maxBlocks } = { ...limits, ...limit };
      expect(page.logs.length).toBeLessThanOrEqual(maxLogs);
      const bytes = page.logs.reduce((sum, { log }) => sum + logBytes(log), 0);
      expect(page.logs.length === 1 || bytes <= maxBytes).toBe(true);
      expect(page.logs.every(({ block }) => block.header.number < from!.block + maxBlocks)).toBe(true);
      found.push(...page.logs);
      from = page.next;
      expect(pieces).toBeLessThan(100);
    }
    expect(found.map(({ block, logIndex, log }) => ({ number: block.header.number, logIndex, log }))).toEqual(
      all.map(({ number, logIndex, log }) => ({ number, logIndex, log })),
    );
  });

  it("is complete when exactly as much as allowed is found", async () => {
    const { chain, all } = await randomChain(4);
    const range = { ...wide, from: start(1), to: 20 };
    expect((await chain.logs({ ...range, maxLogs: all.length })).next).toBeNull();
    expect((await chain.logs({ ...range, maxLogs: all.length - 1 })).next).toEqual({
      block: all.at(-1)!.number,
      logIndex: all.at(-1)!.logIndex,
    });
    expect((await chain.logs({ ...range, to: 1e9, maxBlocks: 20 })).next).toBeNull();
    expect((await chain.logs({ ...range, maxBlocks: 19 })).next).toEqual(start(20));
  });

  it("names transaction and block of each log", async () => {
    const { chain, add } = await openNode();
    const txs = [groupTx(1, 1, 9), groupTx(1, 2, 9)];
    const log = { address: addresses[0]!, topics: [], data: new Uint8Array(0) };
    const block = await add({ txs, logs: [[], [log]] });
    const result = await chain.logs({ ...wide, from: start(0), to: 1 });
    expect(result).toMatchObject({
      logs: [{ transactionHash: txs[1]!.tx.hash, transactionIndex: 1, logIndex: 0, block: { hash: block.hash } }],
    });
  });
});
