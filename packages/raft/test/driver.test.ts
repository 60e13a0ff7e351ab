import { TestGroup, type TestGroupOptions } from "@fb/consensus/testing";
import { createCryptoSuite } from "@fb/crypto";
import { createFakeClock } from "@fb/runtime/testing";
import type { CryptoSuite } from "@fb/types";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { createRaftEngine, type RaftOptions } from "../src/index.ts";

let suite: CryptoSuite;
let group: TestGroup;

beforeAll(async () => {
  suite = await createCryptoSuite();
});

afterEach(async () => {
  await group.close();
});

function makeGroup(sealers: number, options: Partial<RaftOptions> = {}): TestGroup {
  const create: TestGroupOptions["create"] = (journalDir, deps, files) =>
    createRaftEngine({ journalDir, minBlockIntervalMs: 100, settleBlocks: 0, ...options }, deps, files);
  group = new TestGroup({ sealers, type: "raft", suite, clock: createFakeClock(), create });
  return group;
}

function sameChains(indexes: readonly number[]): void {
  const [first, ...others] = indexes.map((i) => group.nodes[i]!.chain.blocks);
  for (const blocks of others) {
    const shared = Math.min(blocks.length, first!.length);
    for (let h = 0; h < shared; h++) expect(blocks[h]!.info.hash).toEqual(first![h]!.info.hash);
  }
}

const reached = (height: number, indexes: readonly number[]) => () =>
  indexes.every((i) => group.nodes[i]!.chain.height >= height);

/** Index of the node that leads, once all these agree on it. */
async function leaderOf(indexes: readonly number[]): Promise<number> {
  const leader = () => {
    const named = new Set(indexes.map((i) => group.nodes[i]!.engine!.status().leader));
    const [id] = [...named];
    return named.size === 1 && id ? group.nodes.findIndex((node) => node.id === id) : -1;
  };
  expect(await group.until(30_000, () => indexes.includes(leader()))).toBe(true);
  return leader();
}

describe("Raft over real drivers, journals and a memory network", () => {
  for (const sealers of [1, 2, 3, 4, 7]) {
    it(`${sealers} sealer(s) commit every transaction`, async () => {
      makeGroup(sealers);
      await group.startAll();
      const all = group.nodes.map((_, i) => i);
      for (let block = 1; block <= 5; block++) {
        group.submit(3);
        expect(await group.until(10_000, reached(block, all))).toBe(true);
      }
      sameChains(all);
      const transactions = group.nodes[0]!.chain.blocks.flatMap((block) => block.transactions);
      expect(transactions).toHaveLength(15);
      expect(group.hub.faults).toEqual([]);
      expect(group.nodes.flatMap(({ halts }) => halts)).toEqual([]);
    });
  }

  it("makes no blocks while there is nothing to do, and keeps its leader (SPEC 4.6)", async () => {
    makeGroup(3);
    await group.startAll();
    group.submit(1);
    await group.until(10_000, reached(1, [0, 1, 2]));
    const { round } = group.nodes[0]!.engine!.status();
    await group.until(120_000, () => false);
    expect(group.heights()).toEqual([1, 1, 1]);
    for (const { engine } of group.nodes) expect(engine!.status().round).toBe(round);
  });

  it("elects another leader when its own dies, and takes it back as a follower", async () => {
    makeGroup(3);
    await group.startAll();
    group.submit(1);
    expect(await group.until(10_000, reached(1, [0, 1, 2]))).toBe(true);
    const dead = await leaderOf([0, 1, 2]);
    const rest = [0, 1, 2].filter((i) => i !== dead);
    await group.kill(dead, 7);
    for (let block = 2; block <= 4; block++) {
      group.submit(1, rest);
      expect(await group.until(20_000, reached(block, rest))).toBe(true);
    }
    await group.start(dead);
    expect(await group.until(20_000, reached(4, [dead]))).toBe(true);
    await group.kill(await leaderOf([0, 1, 2]));
    const alive = [0, 1, 2].filter((i) => group.nodes[i]!.engine !== null);
    group.submit(1, alive);
    expect(await group.until(20_000, reached(5, alive))).toBe(true);
    sameChains([0, 1, 2]);
  });

  it("survives all nodes being killed in the middle of a height, many times", async () => {
    makeGroup(4);
    await group.startAll();
    for (let round = 0; round < 12; round++) {
      group.submit(2);
      await group.until(1500 + round * 50, () => false);
      for (let i = 0; i < 4; i++) await group.kill(i, round);
      for (let i = 0; i < 4; i++) await group.start(i);
    }
    const goal = Math.max(...group.heights()) + 1;
    group.submit(1);
    expect(await group.until(60_000, reached(goal, [0, 1, 2, 3]))).toBe(true);
    sameChains([0, 1, 2, 3]);
    expect(group.nodes.flatMap(({ halts }) => halts)).toEqual([]);
  });

  it("does not commit without a majority, and does when the links are back", async () => {
    makeGroup(4);
    await group.startAll();
    const link = (up: boolean) => {
      for (const a of [0, 1]) for (const b of [2, 3]) group.hub.setLink(group.nodes[a]!.id, group.nodes[b]!.id, up);
    };
    link(false);
    group.submit(1);
    await group.until(30_000, () => false);
    expect(group.heights()).toEqual([0, 0, 0, 0]);
    link(true);
    expect(await group.until(60_000, reached(1, [0, 1, 2, 3]))).toBe(true);
    sameChains([0, 1, 2, 3]);
  });

  it("an isolated leader gives up, the rest goes on, and nobody is disturbed when it is back", async () => {
    makeGroup(3);
    await group.startAll();
    const leader = await leaderOf([0, 1, 2]);
    const rest = [0, 1, 2].filter((i) => i !== leader);
    const link = (up: boolean) => {
      for (const i of rest) group.hub.setLink(group.nodes[leader]!.id, group.nodes[i]!.id, up);
    };
    link(false);
    group.submit(1, rest);
    expect(await group.until(20_000, reached(1, rest))).toBe(true);
    expect(await group.until(5_000, () => group.nodes[leader]!.engine!.status().role !== "leader")).toBe(true);
    const { round } = group.nodes[rest[0]!]!.engine!.status();
    link(true);
    expect(await group.until(20_000, reached(1, [leader]))).toBe(true);
    await group.until(5_000, () => false);
    for (const { engine } of group.nodes) expect(engine!.status().round).toBe(round);
  });

  it("halts a node whose journal cannot be written, and only that one", async () => {
    makeGroup(3);
    await group.startAll();
    const leader = await leaderOf([0, 1, 2]);
    group.nodes[leader]!.disk.breakDown();
    const rest = [0, 1, 2].filter((i) => i !== leader);
    group.submit(1);
    expect(await group.until(60_000, reached(1, rest))).toBe(true);
    expect(group.nodes[leader]!.halts.map(({ code }) => code)).toEqual(["JOURNAL_WRITE_FAILED"]);
    expect(group.nodes.flatMap(({ halts }) => halts)).toHaveLength(1);
  });

  for (const who of ["leader", "follower"] as const) {
    it(`halts a ${who} that computes another result than the majority`, async () => {
      makeGroup(3);
      await group.startAll();
      const leader = await leaderOf([0, 1, 2]);
      const broken = who === "leader" ? leader : (leader + 1) % 3;
      const rest = [0, 1, 2].filter((i) => i !== broken);
      group.nodes[broken]!.chain.corruption = Uint8Array.of(1);
      group.submit(1);
      expect(await group.until(60_000, reached(1, rest))).toBe(true);
      expect(group.nodes[broken]!.halts.map(({ code }) => code)).toEqual(["DIVERGED"]);
      expect(rest.flatMap((i) => group.nodes[i]!.halts)).toEqual([]);
    });
  }

  async function loseJournal(index: number): Promise<void> {
    const { disk } = group.nodes[index]!;
    for (const name of await disk.list("journal")) await disk.remove("journal", name);
    await disk.syncDir("journal");
  }

  it("a node without its journal promises nothing until the others have let it, which takes no block (SPEC 7.4)", async () => {
    makeGroup(3);
    await group.startAll();
    group.submit(1);
    expect(await group.until(10_000, reached(1, [0, 1, 2]))).toBe(true);
    await group.kill(0);
    await group.kill(2);
    await loseJournal(0);
    await group.start(0);
    group.submit(1, [0, 1]);
    expect(await group.until(30_000, reached(2, [1]))).toBe(false);
    await group.start(2);
    expect(await group.until(30_000, reached(2, [0, 1, 2]))).toBe(true);
    await group.kill(2);
    group.submit(1, [0, 1]);
    expect(await group.until(30_000, reached(3, [0, 1]))).toBe(true);
    // What was recovered stays so.
    await group.kill(0);
    await group.start(0);
    group.submit(1, [0, 1]);
    expect(await group.until(30_000, reached(4, [0, 1]))).toBe(true);
  });

  it("the operator's word lets a node without a journal vote, when nobody is left to ask (consensus SPEC 3.7)", async () => {
    const trusting = new Set<number>();
    const create: TestGroupOptions["create"] = (journalDir, deps, files) => {
      const index = group.nodes.findIndex(({ id }) => id === deps.signer.self);
      const options = { journalDir, minBlockIntervalMs: 100, settleBlocks: 0 };
      return createRaftEngine({ ...options, voteWithoutJournal: trusting.has(index) }, deps, files);
    };
    group = new TestGroup({ sealers: 3, type: "raft", suite, clock: createFakeClock(), create });
    await group.startAll();
    group.submit(1);
    expect(await group.until(10_000, reached(1, [0, 1, 2]))).toBe(true);
    await group.kill(0);
    await group.kill(2);
    await loseJournal(0);
    trusting.add(0);
    await group.start(0);
    group.submit(1, [0, 1]);
    expect(await group.until(30_000, reached(2, [0, 1]))).toBe(true);
    // It is written down: the next start needs no such word.
    trusting.clear();
    await group.kill(0);
    await group.start(0);
    group.submit(1, [0, 1]);
    expect(await group.until(30_000, reached(3, [0, 1]))).toBe(true);
  });

  it("a leader whose disk hangs lets another lead, and does not disturb it (SPEC 4.7)", async () => {
    makeGroup(3, { maxStallMs: 2000 });
    await group.startAll();
    const leader = await leaderOf([0, 1, 2]);
    const rest = [0, 1, 2].filter((i) => i !== leader);
    const resume = group.nodes[leader]!.disk.pause();
    group.submit(1);
    expect(await group.until(20_000, reached(1, rest))).toBe(true);
    const { round } = group.nodes[rest[0]!]!.engine!.status();
    await group.until(60_000, () => false);
    expect(rest.map((i) => group.nodes[i]!.engine!.status().round)).toEqual([round, round]);
    resume();
    group.submit(1);
    expect(await group.until(20_000, reached(2, [0, 1, 2]))).toBe(true);
    expect(group.nodes.flatMap(({ halts }) => halts)).toEqual([]);
  });

  it("a leader whose clock is a day ahead gets no block through, and another one leads (SPEC 4.8)", async () => {
    const day = 86_400_000;
    for (let ahead = 0; ahead < 3; ahead++) {
      const skewMs = [0, 1, 2].map((i) => (i === ahead ? day : 0));
      const create: TestGroupOptions["create"] = (journalDir, deps, files) =>
        createRaftEngine({ journalDir, minBlockIntervalMs: 100, settleBlocks: 0 }, deps, files);
      const clock = createFakeClock();
      group = new TestGroup({ sealers: 3, type: "raft", suite, clock, create, skewMs });
      await group.startAll();
      group.submit(1);
      expect(await group.until(60_000, reached(1, [0, 1, 2]))).toBe(true);
      const { timestamp } = group.nodes[0]!.chain.blocks[1]!.info.header;
      expect(timestamp).toBeLessThan(clock.now() + 60_000);
      expect(group.hub.faults).toEqual([]);
      if (ahead < 2) await group.close();
    }
  });

  it("penalises bytes that mean nothing", async () => {
    makeGroup(3);
    await group.startAll();
    const [a, b] = group.nodes;
    await group.kill(1);
    const channel = group.hub.open(b!.id);
    channel.send(a!.id, "consensus", Uint8Array.of(255, 1, 2));
    await group.until(200, () => false);
    expect(group.hub.faults).toContainEqual({ by: a!.id, peer: b!.id, code: "MALFORMED" });
  });

  it("seals empty blocks only when told to", async () => {
    makeGroup(3, { emptyBlockIntervalMs: 2000 });
    await group.startAll();
    expect(await group.until(20_000, reached(3, [0, 1, 2]))).toBe(true);
    expect(group.nodes[0]!.chain.blocks.flatMap(({ transactions }) => transactions)).toEqual([]);
  });
});
