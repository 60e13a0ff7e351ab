import { EMPTY, MAX_BLOCK_BYTES, replayKey, type SignedTransaction, toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { blockOf, createFixture, ethTx, groupTx, sender, suite } from "./fixture.ts";

const alice = sender(1);
const bob = sender(2);
const hex = (txs: readonly SignedTransaction[]) => txs.map(({ tx }) => toHex(tx.hash));
const hashes = (raws: readonly Uint8Array[]) => raws.map((raw) => toHex(suite.hash(raw)));

describe("seal", () => {
  it("keeps arrival order across senders and kinds", async () => {
    const { submit, sealAll } = createFixture();
    const raws = [
      ethTx(bob, { nonce: 0 }),
      groupTx(alice, { nonce: 5n, blockLimit: 40 }),
      ethTx(alice, { nonce: 0 }),
      ethTx(bob, { nonce: 1 }),
    ];
    await submit(...raws);
    expect(hex(sealAll())).toEqual(hashes(raws));
  });

  it("SPEC 2.1: holds future nonces until the gap closes, in nonce order then", async () => {
    const { submit, sealAll, pool } = createFixture();
    const [n0, n1, n2] = [0, 1, 2].map((nonce) => ethTx(alice, { nonce }));
    await submit(n2!, n1!);
    expect(pool.stats()).toMatchObject({ pending: 0, queued: 2 });
    expect(sealAll()).toEqual([]);
    await submit(n0!);
    expect(pool.stats()).toMatchObject({ pending: 3, queued: 0 });
    expect(hex(sealAll())).toEqual(hashes([n0!, n1!, n2!]));
  });

  it("stops at count and bytes and lets smaller ones of others pass", async () => {
    const { submit, seal } = createFixture();
    const big = ethTx(alice, { nonce: 0, data: new Uint8Array(500) });
    const small = ethTx(bob, { nonce: 0 });
    await submit(big, small);
    expect(hex(seal({ maxTransactions: 1 }))).toEqual(hashes([big]));
    expect(hex(seal({ maxBytes: 200 }))).toEqual(hashes([small]));
  });
});

describe("SPEC 4.1: committed", () => {
  it("drops what the block holds and moves nonces on", async () => {
    const { submit, sealAll, commit, pool } = createFixture();
    await submit(ethTx(alice, { nonce: 0 }), ethTx(alice, { nonce: 1 }), ethTx(alice, { nonce: 3 }));
    commit(sealAll());
    expect(pool.stats()).toMatchObject({ pending: 0, queued: 1 });
    expect(await pool.pendingNonce(alice.address)).toBe(2n);
    await submit(ethTx(alice, { nonce: 2 }));
    expect(sealAll()).toHaveLength(2);
    expect(await pool.pendingNonce(alice.address)).toBe(4n);
  });

  it("SPEC 4.4: gives up what a block from elsewhere made impossible, and says so", async () => {
    const mine = createFixture();
    const other = createFixture();
    const dropped: string[] = [];
    mine.pool.onDropped(({ hashes: gone, reason }) => dropped.push(`${reason} ${gone.length}`));
    await mine.submit(
      ethTx(alice, { nonce: 0 }),
      ethTx(alice, { nonce: 1 }),
      groupTx(bob, { nonce: 1n, blockLimit: 40 }),
    );
    await other.submit(
      ethTx(alice, { nonce: 0, value: 1n }),
      groupTx(bob, { nonce: 1n, blockLimit: 40, extraData: Uint8Array.of(1) }),
    );
    mine.commit(other.sealAll());
    expect(dropped).toEqual(["nonce-used 2"]);
    expect(mine.sealAll()).toHaveLength(1);
    expect(mine.pool.stats()).toMatchObject({ pending: 1, queued: 0 });
  });

  it("gives up group transactions whose block limit is reached", async () => {
    const { submit, commit, pool } = createFixture();
    const dropped: string[] = [];
    pool.onDropped(({ reason }) => dropped.push(reason));
    await submit(groupTx(alice, { nonce: 1n, blockLimit: 12 }), groupTx(alice, { nonce: 2n, blockLimit: 13 }));
    commit([]);
    expect(pool.stats().pending).toBe(2);
    commit([]);
    expect(pool.stats().pending).toBe(1);
    expect(dropped).toEqual(["block-limit"]);
  });
});

describe("SPEC 4.1: expiry", () => {
  it("gives up old transactions and puts later nonces of the sender back in waiting", async () => {
    const { submit, clock, pool, sealAll } = createFixture({ expiryMs: 10_000 });
    const dropped: string[] = [];
    pool.onDropped(({ reason }) => dropped.push(reason));
    pool.start();
    await submit(ethTx(alice, { nonce: 0 }), groupTx(bob, { nonce: 1n, blockLimit: 40 }));
    clock.advance(6_000);
    await submit(ethTx(alice, { nonce: 1 }));
    clock.advance(6_000);
    expect(dropped).toEqual(["expired"]);
    expect(pool.stats()).toMatchObject({ pending: 0, queued: 1 });
    await submit(ethTx(alice, { nonce: 0 }));
    expect(sealAll()).toHaveLength(2);
    pool.close();
    expect(clock.pending()).toBe(0);
  });
});

describe("SPEC 3.1, 3.2, types SPEC 13.4, 13.5: judgeProposal", () => {
  const setup = async () => {
    const fixture = createFixture();
    fixture.chain.rules = { ...fixture.chain.rules, txCountLimit: 4 };
    const judge = async (number: number, raws: readonly Uint8Array[]) => {
      const result = await fixture.pool.judgeProposal(blockOf(number, raws));
      return result.ok ? result.txs.length : result.code;
    };
    return { ...fixture, judge };
  };

  it("accepts consecutive nonces and free replay keys, in the pool or not", async () => {
    const { judge, submit, recoveries } = await setup();
    const raws = [ethTx(alice, { nonce: 0 }), groupTx(bob, { nonce: 8n, blockLimit: 40 }), ethTx(alice, { nonce: 1 })];
    await submit(raws[0]!, raws[1]!);
    expect(await judge(11, raws)).toBe(3);
    expect(recoveries()).toBe(3);
    expect(await judge(11, raws)).toBe(3);
    expect(recoveries()).toBe(3);
    expect(await judge(11, [])).toBe(0);
  });

  it.each<[string, (chain: Awaited<ReturnType<typeof setup>>) => readonly Uint8Array[]]>([
    ["TOO_MANY_TRANSACTIONS", () => [0, 1, 2, 3, 4].map((nonce) => ethTx(alice, { nonce }))],
    ["TX_MALFORMED", () => [Uint8Array.of(0xc0)]],
    ["CHAIN_ID_MISMATCH", () => [ethTx(alice, { nonce: 0, chainId: 5n })]],
    ["GROUP_ID_MISMATCH", () => [groupTx(alice, { nonce: 0n, blockLimit: 40, groupId: 4 })]],
    ["BLOCK_LIMIT_INVALID", () => [groupTx(alice, { nonce: 0n, blockLimit: 10 })]],
    ["BLOCK_LIMIT_INVALID", () => [groupTx(alice, { nonce: 0n, blockLimit: 111 })]],
    ["NONCE_NOT_NEXT", () => [ethTx(alice, { nonce: 1 })]],
    ["NONCE_NOT_NEXT", () => [ethTx(alice, { nonce: 1 }), ethTx(alice, { nonce: 0 })]],
    ["NONCE_NOT_NEXT", () => [ethTx(alice, { nonce: 0 }), ethTx(alice, { nonce: 0, value: 1n })]],
    ["DUPLICATE_TRANSACTION", () => [ethTx(alice, { nonce: 0 }), ethTx(alice, { nonce: 0 })]],
    [
      "NONCE_USED",
      () => [EMPTY, Uint8Array.of(1)].map((extraData) => groupTx(alice, { nonce: 0n, blockLimit: 40, extraData })),
    ],
    [
      "NONCE_USED",
      ({ chain }) => {
        chain.replayed.add(toHex(replayKey(suite, alice.address, 3n)));
        return [groupTx(alice, { nonce: 3n, blockLimit: 40 })];
      },
    ],
  ])("refuses with %s", async (code, raws) => {
    const fixture = await setup();
    expect(await fixture.judge(11, raws(fixture))).toBe(code);
  });

  it("refuses a block that is not the next one, also when it became so while it was judged", async () => {
    const { judge, chain, commit } = await setup();
    expect(await judge(10, [])).toBe("WRONG_HEIGHT");
    expect(await judge(12, [])).toBe("WRONG_HEIGHT");
    chain.duringLoad = () => commit([]);
    expect(await judge(11, [ethTx(alice, { nonce: 0 })])).toBe("WRONG_HEIGHT");
    expect(await judge(12, [ethTx(alice, { nonce: 0 })])).toBe(1);
  });

  it("types SPEC 13.2: 8 MiB of transactions with their lengths are not too many bytes, one more is", async () => {
    const { judge } = await setup();
    const quarter = new Uint8Array(MAX_BLOCK_BYTES / 4 - 4);
    expect(await judge(11, [quarter, quarter, quarter, quarter])).toBe("TX_TOO_LARGE");
    expect(await judge(11, [quarter, quarter, quarter, new Uint8Array(quarter.length + 1)])).toBe("BLOCK_TOO_LARGE");
  });

  it("judges a known group transaction anew against the window of the block", async () => {
    const { judge, submit, chain } = await setup();
    const raw = groupTx(alice, { nonce: 0n, blockLimit: 11 });
    await submit(raw);
    chain.number = 11;
    expect(await judge(12, [raw])).toBe("BLOCK_LIMIT_INVALID");
  });
});
