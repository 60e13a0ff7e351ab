import { createCryptoSuite } from "@fb/crypto/portable";
import { noMetrics } from "@fb/runtime";
import { createFakeClock } from "@fb/runtime/testing";
import { type Block, EMPTY, InvariantError, type NodeId, toHex, txRoot } from "@fb/types";
import { describe, expect, it } from "vitest";
import type { Proposal } from "../core/machine.ts";
import { consensusMetrics } from "../metrics.ts";
import { TestChain } from "../testing/test-chain.ts";
import { Sealer, type SealerOptions } from "./sealer.ts";

async function setup(options: Partial<SealerOptions> = {}) {
  const suite = await createCryptoSuite();
  const clock = createFakeClock();
  const node = toHex(suite.publicKey(new Uint8Array(32).fill(1))) as NodeId;
  const chain = new TestChain(suite, "pbft", [node], clock.now());
  const proposals: Proposal<Block>[] = [];
  const sealer = new Sealer(
    {
      minBlockIntervalMs: 500,
      settleBlocks: 0,
      settleIntervalMs: 500,
      emptyBlockIntervalMs: 0,
      maxBlockBytes: 4096,
      ...options,
    },
    {
      chain,
      pool: chain,
      suite,
      clock,
      metrics: consensusMetrics(noMetrics),
      deliver: (_, proposal) => proposals.push(proposal),
      failed: (error) => expect.fail(String(error)),
    },
  );
  let sent = 0;
  const submit = (count: number) => {
    for (let i = 0; i < count; i++) chain.submit(new TextEncoder().encode(`transaction ${sent++}`));
    sealer.check();
  };
  const full = { ...chain.head().head.header, txRoot: suite.hash(EMPTY) };
  const empty = { ...full, txRoot: txRoot(suite, []) };
  const ask = (round = 0) => sealer.request({ height: 1, round, parent: toHex(chain.genesisHash), sealer: 0 });
  return { chain, clock, sealer, proposals, submit, ask, full, empty };
}

describe("Sealer", () => {
  it("never seals an empty block, and seals at once on an idle chain (SPEC 4.1)", async () => {
    const { clock, proposals, submit, ask } = await setup();
    ask();
    await clock.advanceAsync(60_000);
    expect(proposals).toEqual([]);
    submit(1);
    await clock.advanceAsync(0);
    expect(proposals.map(({ block }) => block.transactions.length)).toEqual([1]);
    await clock.advanceAsync(60_000);
    expect(proposals).toHaveLength(1);
  });

  it("waits for the minimal interval after a head, but not when the block is full (SPEC 4.2)", async () => {
    const { chain, clock, sealer, proposals, submit, ask, full } = await setup();
    chain.txCount = 3;
    sealer.newHead(full);
    ask();
    submit(2);
    await clock.advanceAsync(499);
    expect(proposals).toEqual([]);
    await clock.advanceAsync(1);
    expect(proposals).toHaveLength(1);
    ask(1);
    sealer.newHead(full);
    ask(2);
    submit(1);
    await clock.advanceAsync(0);
    expect(proposals.at(-1)!.block.transactions).toHaveLength(3);
  });

  it("keeps to the byte limit", async () => {
    const { clock, proposals, submit, ask } = await setup({ maxBlockBytes: 40 });
    ask();
    submit(10);
    await clock.advanceAsync(500);
    expect(proposals[0]!.block.transactions).toHaveLength(3);
  });

  it("halves the block after a failed round and grows again by half (SPEC 4.3)", async () => {
    const { chain, clock, sealer, proposals, submit, ask, full } = await setup();
    chain.txCount = 16;
    const next = async () => {
      ask();
      await clock.advanceAsync(1000);
      return proposals.at(-1)!.block.transactions.length;
    };
    submit(40);
    expect(await next()).toBe(16);
    sealer.roundFailed();
    expect(await next()).toBe(8);
    sealer.roundFailed();
    expect(await next()).toBe(4);
    const sizes: number[] = [];
    for (let i = 0; i < 5; i++) {
      sealer.newHead(full);
      sizes.push(await next());
    }
    expect(sizes).toEqual([6, 9, 14, 16, 16]);
  });

  it("seals an empty block after the empty-block interval only", async () => {
    const { clock, sealer, proposals, ask, full } = await setup({ emptyBlockIntervalMs: 1000 });
    sealer.newHead(full);
    ask();
    await clock.advanceAsync(999);
    sealer.check();
    await clock.advanceAsync(0);
    expect(proposals).toEqual([]);
    await clock.advanceAsync(1);
    sealer.check();
    await clock.advanceAsync(0);
    expect(proposals.map(({ block }) => block.transactions.length)).toEqual([0]);
  });

  it("drops what it packed for a request that is gone", async () => {
    const { clock, sealer, proposals, submit, ask } = await setup();
    ask();
    submit(1);
    sealer.close();
    await clock.advanceAsync(5000);
    expect(proposals).toEqual([]);
  });

  it("stamps the later of the clock and one past the parent (SPEC 4.4)", async () => {
    const { chain, clock, proposals, submit, ask } = await setup();
    ask();
    submit(1);
    await clock.advanceAsync(0);
    const { timestamp } = proposals[0]!.block.header;
    expect(timestamp).toBe(Math.max(clock.now(), chain.head().head.header.timestamp + 1));
    expect(timestamp).toBeGreaterThan(chain.head().head.header.timestamp);
  });

  it("settles: an empty block after the interval while too few follow the last transaction (SPEC 4.5)", async () => {
    const { clock, sealer, proposals, ask, full, empty } = await setup({ settleBlocks: 2, settleIntervalMs: 700 });
    const sealsWithin = async (ms: number) => {
      const before = proposals.length;
      ask();
      await clock.advanceAsync(ms);
      return proposals.length - before;
    };
    expect(await sealsWithin(60_000)).toBe(0);
    for (const head of [full, empty]) {
      sealer.newHead(head);
      expect(sealer.emptyBlockDue()).toBe(false);
      expect(await sealsWithin(699)).toBe(0);
      expect(await sealsWithin(1)).toBe(1);
      expect(sealer.emptyBlockDue()).toBe(true);
    }
    sealer.newHead(empty);
    expect(await sealsWithin(60_000)).toBe(0);
    expect(sealer.emptyBlockDue()).toBe(false);
  });

  it("does not spin when the pool gives nothing of what it promised", async () => {
    const { chain, clock, proposals, submit, ask } = await setup();
    let sealed = 0;
    chain.seal = async () => {
      sealed += 1;
      if (sealed > 100) throw new InvariantError("the sealer spins");
      return { transactions: [], hashes: [] };
    };
    ask();
    submit(1);
    await clock.advanceAsync(10_000);
    expect(sealed).toBe(1);
    expect(proposals).toEqual([]);
  });

  it("drops a request over another head than the chain's, and does not spin (SPEC 4.1)", async () => {
    const { chain, clock, sealer, proposals, submit } = await setup();
    const { seal } = chain;
    let sealed = 0;
    chain.seal = (limits) => {
      sealed += 1;
      if (sealed > 100) throw new InvariantError("the sealer spins");
      return seal.call(chain, limits);
    };
    submit(1);
    sealer.request({ height: 1, round: 0, parent: "00".repeat(32), sealer: 0 });
    await clock.advanceAsync(10_000);
    sealer.check();
    await clock.advanceAsync(10_000);
    expect(sealed).toBe(1);
    expect(proposals).toEqual([]);
  });
});
