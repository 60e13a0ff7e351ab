import { createSeededRng } from "@fb/runtime/testing";
import { equalBytes } from "@fb/types";
import { describe, expect, it } from "vitest";
import { createFixture, ethTx, groupTx, sender } from "./fixture.ts";

const alice = sender(1);
const bob = sender(2);
const nonces = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const ok = (count: number) => Array.from({ length: count }, () => "ok");

describe("SPEC 5.1, 5.2: what can run counts before what cannot", () => {
  it("a pool full of future nonces takes the missing one, and other senders'", async () => {
    const { submit, pool, sealAll } = createFixture({ maxTransactions: 50 });
    await submit(...nonces(1, 51).map((nonce) => ethTx(alice, { nonce })));
    expect(pool.stats()).toMatchObject({ pending: 0, queued: 13 });
    expect(await submit(ethTx(alice, { nonce: 0 }), ethTx(bob, { nonce: 0 }))).toEqual(["ok", "ok"]);
    expect(pool.stats()).toMatchObject({ pending: 15, queued: 0 });
    expect(sealAll()).toHaveLength(15);
  });

  it("queued ones give way to those that can run, the farthest of the one that waits longest first", async () => {
    const { submit, pool } = createFixture({ maxTransactions: 8 });
    const dropped: string[] = [];
    pool.onDropped(({ hashes, reason }) => dropped.push(`${reason} ${hashes.length}`));
    expect(await submit(ethTx(alice, { nonce: 3 }), ethTx(alice, { nonce: 2 }))).toEqual(["ok", "ok"]);
    expect(await submit(...nonces(0, 8).map((nonce) => ethTx(bob, { nonce })))).toEqual(ok(8));
    expect(dropped).toEqual(["evicted 2"]);
    expect(pool.stats()).toMatchObject({ pending: 8, queued: 0 });
    expect(await submit(ethTx(alice, { nonce: 0 }), ethTx(alice, { nonce: 1 }))).toEqual(["POOL_FULL", "POOL_FULL"]);
    expect(dropped).toHaveLength(1);
  });

  it("a sender's lower nonce takes the room of a higher one of its own, and of nobody else's", async () => {
    const { submit, pool } = createFixture({ maxPerSender: 8, maxTransactions: 12 });
    expect(await submit(ethTx(alice, { nonce: 5 }), ethTx(alice, { nonce: 6 }))).toEqual(["ok", "ok"]);
    expect(await submit(ethTx(alice, { nonce: 7 }), ethTx(alice, { nonce: 4 }))).toEqual([
      "QUEUED_LIMIT_REACHED",
      "ok",
    ]);
    expect(await submit(ethTx(bob, { nonce: 9 }), ethTx(bob, { nonce: 3 }))).toEqual(["ok", "ok"]);
    expect(await submit(ethTx(sender(3), { nonce: 1 }))).toEqual(["QUEUED_LIMIT_REACHED"]);
    const held = Array.from(pool.waiting(), ({ hash }) => Number(pool.get(hash)!.tx.nonce));
    expect(held).toEqual([5, 4, 3]);
  });

  it("a sender at its limit still closes its gap", async () => {
    const { submit, pool } = createFixture({ maxPerSender: 4 });
    expect(await submit(...[0, 1, 4].map((nonce) => ethTx(alice, { nonce })))).toEqual(ok(3));
    expect(await submit(ethTx(alice, { nonce: 2 }), ethTx(alice, { nonce: 3 }))).toEqual(["ok", "ok"]);
    expect(pool.stats()).toMatchObject({ pending: 4, queued: 0 });
    expect(await submit(ethTx(alice, { nonce: 4 }), groupTx(alice, { nonce: 1n, blockLimit: 60 }))).toEqual([
      "SENDER_LIMIT_REACHED",
      "SENDER_LIMIT_REACHED",
    ]);
  });

  it("bytes likewise", async () => {
    const { submit, pool } = createFixture({ maxBytes: 1_000 });
    const big = (from: typeof alice, nonce: number) => ethTx(from, { nonce, data: new Uint8Array(100) });
    expect(await submit(big(alice, 2), big(alice, 1))).toEqual(["ok", "ok"]);
    expect(pool.stats()).toMatchObject({ queued: 1 });
    expect(await submit(...[0, 1, 2, 3, 4].map((nonce) => big(bob, nonce)))).toEqual([...ok(4), "POOL_BYTES_FULL"]);
    expect(pool.stats()).toMatchObject({ pending: 4, queued: 0 });
  });

  it("the gap counts from the first missing nonce: a long run of ready ones is no gap", async () => {
    const { submit } = createFixture({ maxNonceGap: 3 });
    expect(await submit(...nonces(0, 20).map((nonce) => ethTx(alice, { nonce })))).toEqual(ok(20));
    expect(await submit(ethTx(alice, { nonce: 24 }), ethTx(alice, { nonce: 23 }))).toEqual(["NONCE_TOO_HIGH", "ok"]);
  });

  it("what becomes queued because a nonce went missing keeps to the share", async () => {
    const { submit, pool, clock } = createFixture({ maxTransactions: 20, expiryMs: 10_000 });
    pool.start();
    await submit(ethTx(alice, { nonce: 0 }));
    clock.advance(6_000);
    await submit(...nonces(1, 15).map((nonce) => ethTx(alice, { nonce })));
    clock.advance(6_000);
    expect(pool.stats()).toMatchObject({ pending: 0, queued: 5 });
    pool.close();
  });

  it.each(nonces(1, 31))("whatever waits, seed %i", async (seed) => {
    const rng = createSeededRng(seed);
    const limits = { maxTransactions: 24, maxBytes: 4_000, maxPerSender: 12, maxNonceGap: 40 };
    const { submit, pool, seal, sealAll, commit } = createFixture(limits);
    const next = [0, 0, 0, 0];
    for (let round = 0; round < 120; round++) {
      const who = rng.below(4);
      const before = pool.stats();
      const waiting = await pool.pendingNonce(sender(who).address);
      const isNext = rng.below(3) === 0;
      const nonce = isNext ? Number(waiting) : next[who]! + rng.below(40);
      const raw = ethTx(sender(who), { nonce, data: new Uint8Array(rng.below(60)) });
      const [outcome] = await submit(raw);
      const { pending, queued, bytes } = pool.stats();
      if (outcome === "ok" || before.pending + before.queued > 0) {
        expect(pending + queued).toBeLessThanOrEqual(limits.maxTransactions);
        expect(bytes).toBeLessThanOrEqual(limits.maxBytes);
        expect(queued).toBeLessThanOrEqual(limits.maxTransactions / 4);
      }
      if (isNext && outcome !== "ok") {
        // Only what can run stands in the way of what can run.
        const ready = sealAll();
        const own = ready.filter((one) => equalBytes(one.sender, sender(who).address));
        const reasons = {
          SENDER_LIMIT_REACHED: own.length === limits.maxPerSender,
          POOL_FULL: ready.length === limits.maxTransactions,
          POOL_BYTES_FULL: ready.reduce((sum, { tx }) => sum + tx.raw.length, raw.length) > limits.maxBytes,
        };
        expect(reasons).toMatchObject({ [outcome!]: true });
      }
      if (rng.below(8) === 0) {
        const sealed = seal({ maxTransactions: rng.below(10) });
        commit(sealed);
        for (const { tx, sender: of } of sealed) {
          const index = [0, 1, 2, 3].find((i) => equalBytes(sender(i).address, of))!;
          next[index] = Number(tx.nonce) + 1;
        }
      }
    }
  });
});

describe("SPEC 1.11: a waiting nonce is replaced", () => {
  const priced = (nonce: number, gasPrice: bigint) => ethTx(alice, { nonce, gasPrice });

  it("where gas is charged: for a tenth more, ready or queued, of both kinds", async () => {
    const { submit, chain, pool, sealAll } = createFixture();
    const dropped: string[] = [];
    pool.onDropped(({ hashes, reason }) => dropped.push(`${reason} ${hashes.length}`));
    chain.rules = { ...chain.rules, chargeGas: true };
    expect(await submit(priced(0, 100n), priced(1, 100n), priced(3, 100n))).toEqual(ok(3));
    expect(await submit(priced(0, 109n), priced(0, 110n), priced(3, 200n))).toEqual([
      "REPLACEMENT_UNDERPRICED",
      "ok",
      "ok",
    ]);
    expect(dropped).toEqual(["replaced 2"]);
    expect(sealAll().map(({ tx }) => tx.gasPrice)).toEqual([110n, 100n]);
    const group = (gasPrice: bigint) => groupTx(bob, { nonce: 7n, blockLimit: 60, gasPrice });
    expect(await submit(group(10n), group(10n), group(11n))).toEqual(["ok", "ALREADY_KNOWN", "ok"]);
    expect(
      await submit(ethTx(alice, { nonce: 2, gasPrice: 0n }), ethTx(alice, { nonce: 2, gasPrice: 0n, value: 1n })),
    ).toEqual(["ok", "REPLACEMENT_UNDERPRICED"]);
  });

  it("pays for itself with what the replaced one was to cost", async () => {
    const { submit, chain } = createFixture();
    chain.rules = { ...chain.rules, chargeGas: true };
    chain.setNonce(alice, 0n, 21_000n * 120n);
    expect(await submit(priced(0, 100n), priced(0, 121n), priced(0, 120n))).toEqual(["ok", "BALANCE_TOO_LOW", "ok"]);
  });

  it("where gas is free: only one that cannot run yet, and nobody comes back", async () => {
    const { submit, pool } = createFixture();
    const at = (nonce: number, value: bigint) => ethTx(alice, { nonce, value });
    expect(await submit(at(0, 0n), at(0, 1n))).toEqual(["ok", "NONCE_ALREADY_PENDING"]);
    expect(await submit(at(2, 0n), at(2, 1n), at(2, 0n), at(2, 2n))).toEqual([
      "ok",
      "ok",
      "NONCE_ALREADY_PENDING",
      "ok",
    ]);
    expect(await submit(at(2, 1n))).toEqual(["NONCE_ALREADY_PENDING"]);
    expect(pool.stats()).toMatchObject({ pending: 1, queued: 1 });
    expect(await submit(...Array.from({ length: 20 }, (_, i) => at(2, BigInt(10 + i))))).toEqual([
      ...ok(14),
      ...Array.from({ length: 6 }, () => "NONCE_ALREADY_PENDING"),
    ]);
  });

  it("does not cost a full pool a place", async () => {
    const { submit, chain, pool } = createFixture({ maxTransactions: 3 });
    chain.rules = { ...chain.rules, chargeGas: true };
    expect(await submit(priced(0, 10n), priced(1, 10n), priced(2, 10n), priced(3, 10n))).toEqual([
      ...ok(3),
      "POOL_FULL",
    ]);
    expect(await submit(priced(1, 11n))).toEqual(["ok"]);
    expect(pool.stats()).toMatchObject({ pending: 3, queued: 0 });
  });
});
