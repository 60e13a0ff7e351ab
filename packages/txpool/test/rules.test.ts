import { describe, expect, it } from "vitest";
import { blockOf, createFixture, ethTx, groupTx, sender } from "./fixture.ts";

const alice = sender(1);
const bob = sender(2);

function watched(options: Parameters<typeof createFixture>[0] = {}) {
  const fixture = createFixture(options);
  const dropped: string[] = [];
  fixture.pool.onDropped(({ hashes, reason }) => dropped.push(`${reason} ${hashes.length}`));
  return { ...fixture, dropped };
}

describe("SPEC 4.2: when rules change, what waits is checked again", () => {
  it("a shorter replay window", async () => {
    const { submit, chain, commit, dropped, sealAll } = watched();
    const limits = [30, 31, 32, 110].map((blockLimit, i) => groupTx(alice, { nonce: BigInt(i), blockLimit }));
    expect(await submit(...limits)).toEqual(["ok", "ok", "ok", "ok"]);
    chain.rules = { ...chain.rules, replayWindow: 20 };
    commit([]);
    expect(dropped).toEqual(["rules-changed 2"]);
    expect(sealAll()).toHaveLength(2);
  });

  it("a longer one lets everything stay", async () => {
    const { submit, chain, commit, dropped } = watched();
    await submit(groupTx(alice, { nonce: 1n, blockLimit: 110 }));
    chain.rules = { ...chain.rules, replayWindow: 500 };
    commit([]);
    expect(dropped).toEqual([]);
  });

  it("another EVM fork, less gas for a transaction: later nonces are queued again", async () => {
    const { submit, chain, commit, dropped, pool } = watched();
    const withData = ethTx(alice, { nonce: 1, data: Uint8Array.of(1), gas: 25_000n });
    expect(await submit(ethTx(alice, { nonce: 0 }), withData, ethTx(alice, { nonce: 2 }))).toEqual(["ok", "ok", "ok"]);
    chain.rules = { ...chain.rules, evmFork: "prague" };
    commit([]);
    expect(dropped).toEqual(["rules-changed 1"]);
    expect(pool.stats()).toMatchObject({ pending: 1, queued: 1 });
    expect(await submit(withData)).toEqual(["INTRINSIC_GAS_TOO_LOW"]);
    chain.rules = { ...chain.rules, txGasLimit: 20_000 };
    commit([]);
    expect(dropped).toEqual(["rules-changed 1", "rules-changed 2"]);
    expect(await submit(ethTx(alice, { nonce: 0 }))).toEqual(["INTRINSIC_GAS_ABOVE_LIMIT"]);
  });
});

describe("SPEC 4.3: what made judging refuse a block of this node leaves", () => {
  it("a group transaction alone", async () => {
    const { submit, pool, dropped, sealAll } = watched();
    const bad = groupTx(alice, { nonce: 1n, blockLimit: 60 });
    await submit(bad, groupTx(alice, { nonce: 2n, blockLimit: 60 }), ethTx(alice, { nonce: 0 }));
    pool.refused(bad);
    expect(dropped).toEqual(["refused 1"]);
    expect(sealAll()).toHaveLength(2);
    pool.refused(bad);
    expect(dropped).toHaveLength(1);
  });

  it("but not because of a block that only says it is of this node", async () => {
    const { submit, pool, sealAll } = watched();
    const raws = [ethTx(alice, { nonce: 0 }), groupTx(alice, { nonce: 1n, blockLimit: 60 })];
    await submit(...raws);
    for (const raw of raws) pool.refused(raw.slice());
    expect(sealAll()).toHaveLength(2);
  });

  it("of an account all Ethereum transactions, and its nonce is asked for anew", async () => {
    const { submit, pool, chain, dropped, sealAll } = watched();
    const raws = [0, 1, 3].map((nonce) => ethTx(alice, { nonce }));
    await submit(...raws, groupTx(alice, { nonce: 2n, blockLimit: 60 }), ethTx(bob, { nonce: 0 }));
    // Raised by something else than a transaction of the sender.
    chain.setNonce(alice, 1n);
    pool.refused(raws[0]!);
    expect(dropped).toEqual(["refused 3"]);
    expect(sealAll()).toHaveLength(2);
    expect(await pool.pendingNonce(alice.address)).toBe(1n);
    expect(await submit(...raws)).toEqual(["NONCE_TOO_LOW", "ok", "ok"]);
    expect(sealAll()).toHaveLength(3);
  });
});

describe("SPEC 1.2: bytes that were committed cost nothing when they come again", () => {
  it("neither a signature nor an account", async () => {
    const { submit, sealAll, commit, recoveries, chain } = createFixture();
    const raws = [ethTx(alice, { nonce: 0 }), groupTx(bob, { nonce: 5n, blockLimit: 60 })];
    await submit(...raws);
    commit(sealAll());
    const before = [recoveries(), chain.accountsAsked];
    expect(await submit(...raws)).toEqual(["NONCE_TOO_LOW", "NONCE_USED"]);
    expect([recoveries(), chain.accountsAsked]).toEqual(before);
  });

  it("SPEC 1.9: nor a signature, when a proposal brought them first", async () => {
    const { submit, pool, recoveries } = createFixture();
    const raw = ethTx(alice, { nonce: 0 });
    await pool.judgeProposal(blockOf(11, [raw]));
    expect(await submit(raw)).toEqual(["ok"]);
    expect(recoveries()).toBe(1);
  });
});
