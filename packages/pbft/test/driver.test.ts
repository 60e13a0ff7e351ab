import { type EngineOptions, type JournalFiles, proposalOf } from "@fb/consensus";
import type { Executed } from "@fb/consensus/core";
import { TestGroup, type TestGroupOptions } from "@fb/consensus/testing";
import { createCryptoSuite } from "@fb/crypto";
import { createFakeClock } from "@fb/runtime/testing";
import {
  type Block,
  type BlockHeader,
  bigTo32,
  type CryptoSuite,
  headerHash,
  proposalHeader,
  toHex,
  txRoot,
} from "@fb/types";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { createPbftCodec } from "../src/codec.ts";
import { createPbftEngine } from "../src/index.ts";

let suite: CryptoSuite;
let group: TestGroup;

beforeAll(async () => {
  suite = await createCryptoSuite();
});

afterEach(async () => {
  await group.close();
});

function makeGroup(
  sealers: number,
  options: Partial<EngineOptions> = {},
  crypto = suite,
  disk: (node: number, files: JournalFiles) => JournalFiles = (_, files) => files,
): TestGroup {
  const create: TestGroupOptions["create"] = (journalDir, deps, files) => {
    const node = group.nodes.findIndex(({ id }) => id === deps.signer.self);
    return createPbftEngine(
      { journalDir, minBlockIntervalMs: 100, settleBlocks: 0, ...options },
      deps,
      disk(node, files),
    );
  };
  group = new TestGroup({ sealers, type: "pbft", suite: crypto, clock: createFakeClock(), create });
  return group;
}

const WIRE_LIMITS = { maxBytes: 1_000_000, maxTransactions: 1000 };

/** A block over `parent` that nobody has asked for, well formed. */
function executedBlock(parent: BlockHeader, transactions: number): Executed<Block> {
  const raw = Array.from({ length: transactions }, (_, i) => bigTo32(BigInt(i)));
  const root = txRoot(suite, raw.map(suite.hash));
  const header = { ...parent, number: parent.number + 1, parentHash: headerHash(suite, parent), txRoot: root };
  const block = { header: proposalHeader(header), transactions: raw };
  const sealed = { header, transactions: raw };
  return { hash: toHex(headerHash(suite, header)), proposal: proposalOf(suite, block), sealed };
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

describe("PBFT over real drivers, journals and a memory network", () => {
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

  it("is silent while there is nothing to do, also after it has settled (SPEC 6.4)", async () => {
    makeGroup(4, { settleBlocks: 2 });
    await group.startAll();
    group.submit(1);
    await group.until(5_000, reached(3, [0, 1, 2, 3]));
    await group.until(2_000, () => false);
    const before = [...group.hub.sent.values()];
    await group.until(60_000, () => false);
    expect([...group.hub.sent.values()]).toEqual(before);
    expect(group.heights()).toEqual([3, 3, 3, 3]);
  });

  it("goes on with one node dead, and soon without waiting for it", async () => {
    makeGroup(4);
    await group.startAll();
    await group.kill(2);
    for (let block = 1; block <= 24; block++) {
      group.submit(1, [0, 1, 3]);
      expect(await group.until(60_000, reached(block, [0, 1, 3]))).toBe(true);
    }
    const rounds = group.nodes[0]!.chain.blocks.slice(1).map((block) => block.certificate!.round);
    // Its first turn costs a time-out; the next ones are skipped until a probation turn.
    expect(rounds.filter((round) => round > 0).length).toBeLessThanOrEqual(2);
    sameChains([0, 1, 3]);
  });

  it("brings a killed node back: journal, catching up by sync, voting again", async () => {
    makeGroup(4);
    await group.startAll();
    group.submit(1);
    await group.until(5_000, reached(1, [0, 1, 2, 3]));
    await group.kill(1, 7);
    for (let block = 2; block <= 4; block++) {
      group.submit(1, [0, 2, 3]);
      expect(await group.until(60_000, reached(block, [0, 2, 3]))).toBe(true);
    }
    await group.start(1);
    expect(await group.until(20_000, reached(4, [1]))).toBe(true);
    await group.kill(3);
    group.submit(1, [0, 1, 2]);
    expect(await group.until(60_000, reached(5, [0, 1, 2]))).toBe(true);
    sameChains([0, 1, 2]);
  });

  it("survives all nodes being killed in the middle of a height, many times", async () => {
    makeGroup(4);
    await group.startAll();
    for (let round = 0; round < 12; round++) {
      group.submit(2);
      await group.until(100 + round * 50, () => false);
      for (let i = 0; i < 4; i++) await group.kill(i, round);
      for (let i = 0; i < 4; i++) await group.start(i);
    }
    const goal = Math.max(...group.heights()) + 1;
    group.submit(1);
    expect(await group.until(60_000, reached(goal, [0, 1, 2, 3]))).toBe(true);
    sameChains([0, 1, 2, 3]);
    expect(group.nodes.flatMap(({ halts }) => halts)).toEqual([]);
  });

  it("does not commit without a quorum, and does when the links are back", async () => {
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

  it("halts a node whose journal cannot be written, and only that one", async () => {
    makeGroup(4);
    await group.startAll();
    group.nodes[2]!.disk.breakDown();
    group.submit(1);
    expect(await group.until(60_000, reached(1, [0, 1, 3]))).toBe(true);
    expect(group.nodes[2]!.halts.map(({ code }) => code)).toEqual(["JOURNAL_WRITE_FAILED"]);
    expect(group.nodes[2]!.engine!.status()).toMatchObject({ role: "halted", haltedBy: "JOURNAL_WRITE_FAILED" });
    expect(group.nodes.flatMap(({ halts }) => halts)).toHaveLength(1);
  });

  it("halts a node that computes another result than the quorum signed", async () => {
    makeGroup(4);
    await group.startAll();
    group.nodes[1]!.chain.corruption = Uint8Array.of(1);
    group.submit(1);
    expect(await group.until(60_000, () => group.nodes[1]!.halts.length > 0)).toBe(true);
    expect(group.nodes[1]!.halts[0]!.code).toBe("DIVERGED");
    expect(await group.until(60_000, reached(1, [0, 2, 3]))).toBe(true);
  });

  it("a node without its journal is silent until the others have gone on", async () => {
    makeGroup(4);
    await group.startAll();
    group.submit(1);
    await group.until(5_000, reached(1, [0, 1, 2, 3]));
    await group.kill(0);
    await group.kill(3);
    const { disk } = group.nodes[0]!;
    for (const name of await disk.list("journal")) await disk.remove("journal", name);
    await disk.syncDir("journal");
    await group.start(0);
    group.submit(1, [0, 1, 2]);
    // 1 and 2 alone are no quorum, and 0 keeps silent.
    expect(await group.until(60_000, reached(2, [1]))).toBe(false);
    await group.start(3);
    group.submit(1);
    expect(await group.until(60_000, reached(2, [0, 1, 2, 3]))).toBe(true);
    await group.kill(3);
    group.submit(1, [0, 1, 2]);
    expect(await group.until(60_000, reached(3, [0, 1, 2]))).toBe(true);
  });

  it("penalises bytes that mean nothing and signatures that are not the sender's", async () => {
    makeGroup(4);
    await group.startAll();
    const [a, b] = group.nodes;
    await group.kill(1);
    const channel = group.hub.open(b!.id);
    channel.send(a!.id, "consensus", Uint8Array.of(255, 1, 2));
    await group.until(200, () => false);
    expect(group.hub.faults).toContainEqual({ by: a!.id, peer: b!.id, code: "MALFORMED" });
    // What another sealer signed, passed off as one's own.
    const codec = createPbftCodec(suite, a!.chain.genesisHash, WIRE_LIMITS);
    const msg = { m: "sign", height: 1, view: 0, hash: toHex(suite.hash(Uint8Array.of(1))) } as const;
    const signatures = codec.digests(msg).map((digest) => suite.sign(digest, group.nodes[2]!.privateKey));
    channel.send(a!.id, "consensus", codec.encodeMessage({ msg, signatures }));
    await group.until(200, () => false);
    expect(group.hub.faults).toContainEqual({ by: a!.id, peer: b!.id, code: "BAD_SIGNATURE" });
  });

  it("checks no signature of a vote that is stale or known (SPEC consensus 2.2)", async () => {
    let checks = 0;
    const { verify } = suite;
    const counting: CryptoSuite = {
      ...suite,
      verify: (...args) => {
        checks += 1;
        return verify(...args);
      },
    };
    makeGroup(4, {}, counting);
    await group.startAll();
    group.submit(1);
    await group.until(5_000, reached(1, [0, 1, 2, 3]));
    await group.kill(1);
    const [a, b] = group.nodes;
    const codec = createPbftCodec(suite, a!.chain.genesisHash, WIRE_LIMITS);
    const channel = group.hub.open(b!.id);
    const signed = (height: number) => {
      const msg = { m: "sign", height, view: 0, hash: toHex(suite.hash(Uint8Array.of(height))) } as const;
      const signatures = codec.digests(msg).map((digest) => suite.sign(digest, b!.privateKey));
      return codec.encodeMessage({ msg, signatures });
    };
    const send = async (payload: Uint8Array, times: number) => {
      checks = 0;
      for (let i = 0; i < times; i++) {
        channel.send(a!.id, "consensus", payload);
        await null;
        await null;
      }
      return checks;
    };
    expect(await send(signed(1), 100)).toBe(0);
    expect(await send(signed(2), 100)).toBe(1);
    expect(group.hub.faults).toEqual([]);
    expect(await send(signed(1), 20_000)).toBe(0);
    expect(group.hub.faults).toEqual([{ by: a!.id, peer: b!.id, code: "FLOOD" }]);
  });

  it("reads no block that it did not ask for (SPEC 7.1)", async () => {
    let hashes = 0;
    const { hash } = suite;
    const counting: CryptoSuite = {
      ...suite,
      hash: (...args) => {
        hashes += 1;
        return hash(...args);
      },
    };
    makeGroup(4, {}, counting);
    await group.startAll();
    await group.kill(1);
    const [a, b] = group.nodes;
    const channel = group.hub.open(b!.id);
    const payload = createPbftCodec(suite, a!.chain.genesisHash, WIRE_LIMITS).encodeMessage({
      msg: { m: "body", height: 1, executed: executedBlock(a!.chain.head().head.header, 1000) },
      signatures: [],
    });
    hashes = 0;
    for (let i = 0; i < 100; i++) channel.send(a!.id, "consensus", payload);
    await group.until(200, () => false);
    expect(hashes).toBe(0);
    expect(group.hub.faults).toHaveLength(100);
    expect(group.hub.faults[0]).toEqual({ by: a!.id, peer: b!.id, code: "UNEXPECTED" });
  });

  it("takes the time-out from the chain, at the height at which it changes (SPEC 6.6, consensus SPEC 2.9)", async () => {
    makeGroup(4);
    await group.startAll();
    for (const { chain } of group.nodes) chain.timeoutMs = 20_000;
    group.submit(1);
    expect(await group.until(5_000, reached(1, [0, 1, 2, 3]))).toBe(true);
    // Turn 2 is node 2's.
    await group.kill(2);
    group.submit(1, [0, 1, 3]);
    expect(await group.until(19_000, reached(2, [0, 1, 3]))).toBe(false);
    expect(await group.until(3_000, reached(2, [0, 1, 3]))).toBe(true);
    for (const i of [0, 1, 3]) expect(group.nodes[i]!.chain.blocks[2]!.certificate!.round).toBe(1);
  });

  it("goes on at full speed while the journal of one sealer hangs, which says so and recovers (SPEC 6.7)", async () => {
    let hangs = false;
    const release: (() => void)[] = [];
    makeGroup(4, {}, suite, (node, files) =>
      node !== 2
        ? files
        : {
            ...files,
            open: async (...args) => {
              const file = await files.open(...args);
              const sync = async () => {
                if (hangs) await new Promise<void>((resolve) => release.push(resolve));
                await file.sync();
              };
              return { ...file, sync };
            },
          },
    );
    await group.startAll();
    hangs = true;
    for (let block = 1; block <= 24; block++) {
      group.submit(1);
      expect(await group.until(10_000, reached(block, [0, 1, 3]))).toBe(true);
    }
    const rounds = group.nodes[0]!.chain.blocks.slice(1).map((block) => block.certificate!.round);
    expect(rounds.filter((round) => round > 0).length).toBeLessThanOrEqual(2);
    hangs = false;
    for (const resolve of release) resolve();
    expect(await group.until(20_000, reached(24, [2]))).toBe(true);
    await group.kill(3);
    group.submit(1, [0, 1, 2]);
    expect(await group.until(60_000, reached(25, [0, 1, 2]))).toBe(true);
    sameChains([0, 1, 2]);
  });

  it("seals empty blocks only when told to", async () => {
    makeGroup(4, { emptyBlockIntervalMs: 2000 });
    await group.startAll();
    expect(await group.until(20_000, reached(3, [0, 1, 2, 3]))).toBe(true);
    expect(group.nodes[0]!.chain.blocks.flatMap(({ transactions }) => transactions)).toEqual([]);
  });
});
