import { createSeededRng } from "@fb/runtime/testing";
import { equalBytes, type Hash, type Log } from "@fb/types";
import { describe, expect, it } from "vitest";
import type { LogQuery } from "../src/index.ts";
import { addressOfSender, groupTx, hash32, openNode } from "./fixture.ts";

const addresses = [0, 1, 2].map(addressOfSender);
const topics = ["a", "b", "c"].map(hash32);
const wide = { addresses: [], topics: [], maxBlocks: 1_000, maxLogs: 1_000 };

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
        from,
        to: from + rng.below(25),
        addresses: addresses.filter(() => rng.below(3) === 0),
        topics: Array.from({ length: rng.below(3) }, () =>
          rng.below(2) ? null : topics.filter(() => rng.below(2) === 0),
        ),
      };
      const result = await chain.logs(query);
      const expected = all.filter(({ log, number }) => number >= from && number <= query.to && matches(log, query));
      const found = result.ok ? result.logs : [];
      expect(
        found.map(({ log, block, transactionIndex, logIndex }) => ({
          log,
          number: block.header.number,
          transactionIndex,
          logIndex,
        })),
      ).toEqual(expected);
    }
  });

  it("refuses rather than cutting the answer short", async () => {
    const { chain, all } = await randomChain(4);
    const range = { ...wide, from: 1, to: 20 };
    expect((await chain.logs({ ...range, maxLogs: all.length })).ok).toBe(true);
    expect(await chain.logs({ ...range, maxLogs: all.length - 1 })).toEqual({ ok: false, code: "LIMIT_EXCEEDED" });
    expect(await chain.logs({ ...range, maxBlocks: 19 })).toEqual({ ok: false, code: "LIMIT_EXCEEDED" });
    expect((await chain.logs({ ...range, to: 1e9, maxBlocks: 20 })).ok).toBe(true);
  });

  it("names transaction and block of each log", async () => {
    const { chain, add } = await openNode();
    const txs = [groupTx(1, 1, 9), groupTx(1, 2, 9)];
    const log = { address: addresses[0]!, topics: [], data: new Uint8Array(0) };
    const block = await add({ txs, logs: [[], [log]] });
    const result = await chain.logs({ ...wide, from: 0, to: 1 });
    expect(result).toMatchObject({
      ok: true,
      logs: [{ transactionHash: txs[1]!.tx.hash, transactionIndex: 1, logIndex: 0, block: { hash: block.hash } }],
    });
  });
});
