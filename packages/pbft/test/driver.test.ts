import { describe, expect, it } from "vitest";
import { makeGroup, reached, sameChains, suite } from "./pbft-group.ts";

describe("PBFT over real drivers, journals and a memory network", () => {
  for (const sealers of [1, 2, 3, 4, 7]) {
    it(`${sealers} sealer(s) commit every transaction`, async () => {
      const group = makeGroup(sealers);
      await group.startAll();
      const all = group.nodes.map((_, i) => i);
      for (let block = 1; block <= 5; block++) {
        group.submit(3);
        expect(await group.until(10_000, reached(group, block, all))).toBe(true);
      }
      sameChains(group, all);
      const transactions = group.nodes[0]!.chain.blocks.flatMap((block) => block.transactions);
      expect(transactions).toHaveLength(15);
      expect(group.hub.faults).toEqual([]);
      expect(group.nodes.flatMap(({ halts }) => halts)).toEqual([]);
    });
  }

  it("is silent while there is nothing to do, also after it has settled (SPEC 6.4)", async () => {
    const group = makeGroup(4, { settleBlocks: 2 });
    await group.startAll();
    group.submit(1);
    await group.until(5_000, reached(group, 3, [0, 1, 2, 3]));
    await group.until(2_000, () => false);
    const before = [...group.hub.sent.values()];
    await group.until(60_000, () => false);
    expect([...group.hub.sent.values()]).toEqual(before);
    expect(group.heights()).toEqual([3, 3, 3, 3]);
  });

  it("goes on with one node dead, and soon without waiting for it", async () => {
    const group = makeGroup(4);
    await group.startAll();
    await group.kill(2);
    for (let block = 1; block <= 24; block++) {
      group.submit(1, [0, 1, 3]);
      expect(await group.until(60_000, reached(group, block, [0, 1, 3]))).toBe(true);
    }
    const rounds = group.nodes[0]!.chain.blocks.slice(1).map((block) => block.certificate!.round);
    // Its first turn costs a time-out; the next ones are skipped until a probation turn.
    expect(rounds.filter((round) => round > 0).length).toBeLessThanOrEqual(2);
    sameChains(group, [0, 1, 3]);
  });

  it("brings a killed node back: journal, catching up by sync, voting again", async () => {
    const group = makeGroup(4);
    await group.startAll();
    group.submit(1);
    await group.until(5_000, reached(group, 1, [0, 1, 2, 3]));
    await group.kill(1, 7);
    for (let block = 2; block <= 4; block++) {
      group.submit(1, [0, 2, 3]);
      expect(await group.until(60_000, reached(group, block, [0, 2, 3]))).toBe(true);
    }
    await group.start(1);
    expect(await group.until(20_000, reached(group, 4, [1]))).toBe(true);
    await group.kill(3);
    group.submit(1, [0, 1, 2]);
    expect(await group.until(60_000, reached(group, 5, [0, 1, 2]))).toBe(true);
    sameChains(group, [0, 1, 2]);
  });

  it("survives all nodes being killed in the middle of a height, many times", async () => {
    const group = makeGroup(4);
    await group.startAll();
    for (let round = 0; round < 12; round++) {
      group.submit(2);
      await group.until(100 + round * 50, () => false);
      for (let i = 0; i < 4; i++) await group.kill(i, round);
      for (let i = 0; i < 4; i++) await group.start(i);
    }
    const goal = Math.max(...group.heights()) + 1;
    group.submit(1);
    expect(await group.until(60_000, reached(group, goal, [0, 1, 2, 3]))).toBe(true);
    sameChains(group, [0, 1, 2, 3]);
    expect(group.nodes.flatMap(({ halts }) => halts)).toEqual([]);
  });

  it("does not commit without a quorum, and does when the links are back", async () => {
    const group = makeGroup(4);
    await group.startAll();
    const link = (up: boolean) => {
      for (const a of [0, 1]) for (const b of [2, 3]) group.hub.setLink(group.nodes[a]!.id, group.nodes[b]!.id, up);
    };
    link(false);
    group.submit(1);
    await group.until(30_000, () => false);
    expect(group.heights()).toEqual([0, 0, 0, 0]);
    link(true);
    expect(await group.until(60_000, reached(group, 1, [0, 1, 2, 3]))).toBe(true);
    sameChains(group, [0, 1, 2, 3]);
  });

  it("halts a node whose journal cannot be written, and only that one", async () => {
    const group = makeGroup(4);
    await group.startAll();
    group.nodes[2]!.disk.breakDown();
    group.submit(1);
    expect(await group.until(60_000, reached(group, 1, [0, 1, 3]))).toBe(true);
    expect(group.nodes[2]!.halts.map(({ code }) => code)).toEqual(["JOURNAL_WRITE_FAILED"]);
    expect(group.nodes[2]!.engine!.status()).toMatchObject({ role: "halted", haltedBy: "JOURNAL_WRITE_FAILED" });
    expect(group.nodes.flatMap(({ halts }) => halts)).toHaveLength(1);
  });

  it("halts a node that computes another result than the quorum signed", async () => {
    const group = makeGroup(4);
    await group.startAll();
    group.nodes[1]!.chain.corruption = Uint8Array.of(1);
    group.submit(1);
    expect(await group.until(60_000, () => group.nodes[1]!.halts.length > 0)).toBe(true);
    expect(group.nodes[1]!.halts[0]!.code).toBe("DIVERGED");
    expect(await group.until(60_000, reached(group, 1, [0, 2, 3]))).toBe(true);
  });

  it("a node without its journal is silent until the others have gone on", async () => {
    const group = makeGroup(4);
    await group.startAll();
    group.submit(1);
    await group.until(5_000, reached(group, 1, [0, 1, 2, 3]));
    await group.kill(0);
    await group.kill(3);
    const { disk } = group.nodes[0]!;
    for (const name of await disk.list("journal")) await disk.remove("journal", name);
    await disk.syncDir("journal");
    await group.start(0);
    group.submit(1, [0, 1, 2]);
    // 1 and 2 alone are no quorum, and 0 keeps silent.
    expect(await group.until(60_000, reached(group, 2, [1]))).toBe(false);
    await group.start(3);
    group.submit(1);
    expect(await group.until(60_000, reached(group, 2, [0, 1, 2, 3]))).toBe(true);
    await group.kill(3);
    group.submit(1, [0, 1, 2]);
    expect(await group.until(60_000, reached(group, 3, [0, 1, 2]))).toBe(true);
  });

  it("takes the time-out from the chain, at the height at which it changes (SPEC 6.6, consensus SPEC 2.9)", async () => {
    const group = makeGroup(4);
    await group.startAll();
    for (const { chain } of group.nodes) chain.timeoutMs = 20_000;
    group.submit(1);
    expect(await group.until(5_000, reached(group, 1, [0, 1, 2, 3]))).toBe(true);
    // Turn 2 is node 2's.
    await group.kill(2);
    group.submit(1, [0, 1, 3]);
    expect(await group.until(19_000, reached(group, 2, [0, 1, 3]))).toBe(false);
    expect(await group.until(3_000, reached(group, 2, [0, 1, 3]))).toBe(true);
    for (const i of [0, 1, 3]) expect(group.nodes[i]!.chain.blocks[2]!.certificate!.round).toBe(1);
  });

  it("goes on at full speed while the journal of one sealer hangs, which says so and recovers (SPEC 6.7)", async () => {
    let hangs = false;
    const release: (() => void)[] = [];
    const group = makeGroup(4, {}, suite, (node, files) =>
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
      expect(await group.until(10_000, reached(group, block, [0, 1, 3]))).toBe(true);
    }
    const rounds = group.nodes[0]!.chain.blocks.slice(1).map((block) => block.certificate!.round);
    expect(rounds.filter((round) => round > 0).length).toBeLessThanOrEqual(2);
    hangs = false;
    for (const resolve of release) resolve();
    expect(await group.until(20_000, reached(group, 24, [2]))).toBe(true);
    await group.kill(3);
    group.submit(1, [0, 1, 2]);
    expect(await group.until(60_000, reached(group, 25, [0, 1, 2]))).toBe(true);
    sameChains(group, [0, 1, 2]);
  });

  it("seals empty blocks only when told to", async () => {
    const group = makeGroup(4, { emptyBlockIntervalMs: 2000 });
    await group.startAll();
    expect(await group.until(20_000, reached(group, 3, [0, 1, 2, 3]))).toBe(true);
    expect(group.nodes[0]!.chain.blocks.flatMap(({ transactions }) => transactions)).toEqual([]);
  });
});
