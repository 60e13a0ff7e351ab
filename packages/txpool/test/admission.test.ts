import { EMPTY, ethChainId, fromHex, MAX_TRANSACTION_BYTES, replayKey, toHex } from "@fb/types";
import { Wallet } from "ethers";
import { describe, expect, it } from "vitest";
import { REFUSALS } from "../src/index.ts";
import { CHAIN_ID, createFixture, ethTx, GROUP_ID, groupTx, sender, suite } from "./fixture.ts";

const alice = sender(1);
const bob = sender(2);

describe("admission", () => {
  it("accepts all four kinds and answers with the hash, in order", async () => {
    const { pool } = createFixture();
    const raws = [
      ethTx(alice, { nonce: 0 }),
      ethTx(alice, { nonce: 1, type: 1 }),
      ethTx(alice, { nonce: 2, type: 2 }),
      groupTx(alice, { nonce: 99n, blockLimit: 50 }),
    ];
    const results = await pool.submit(raws, "client");
    expect(results.map((result) => result.ok && toHex(result.hash))).toEqual(raws.map((raw) => toHex(suite.hash(raw))));
    expect(pool.stats()).toEqual({ pending: 4, queued: 0, bytes: raws.reduce((sum, raw) => sum + raw.length, 0) });
  });

  it("accepts what ethers signs, with the sender ethers names", async () => {
    const { submit, sealAll } = createFixture();
    const wallet = new Wallet(`0x${toHex(alice.key)}`);
    const chainId = BigInt(ethChainId(CHAIN_ID, GROUP_ID));
    const common = { chainId, to: wallet.address, gasLimit: 21_000n, value: 1n };
    const signed = await Promise.all([
      wallet.signTransaction({ ...common, type: 0, nonce: 0, gasPrice: 5n }),
      wallet.signTransaction({ ...common, type: 1, nonce: 1, gasPrice: 5n, accessList: [] }),
      wallet.signTransaction({ ...common, type: 2, nonce: 2, maxFeePerGas: 9n, maxPriorityFeePerGas: 1n }),
    ]);
    expect(await submit(...signed.map((text) => fromHex(text)!))).toEqual(["ok", "ok", "ok"]);
    expect(sealAll().map(({ sender: from }) => `0x${toHex(from)}`)).toEqual(
      signed.map(() => wallet.address.toLowerCase()),
    );
  });

  it("SPEC 1.2, 1.3, 1.4, 1.5, 1.6, 1.10: refuses with one code for each reason, and each code has a sentence", async () => {
    const { submit, chain, pool } = createFixture({ maxNonceGap: 5 });
    chain.setNonce(alice, 4n);
    const used = groupTx(alice, { nonce: 5n, blockLimit: 60 });
    chain.replayed.add(toHex(replayKey(suite, alice.address, 5n)));
    expect(await submit(new Uint8Array(MAX_TRANSACTION_BYTES + 1))).toEqual(["TX_TOO_LARGE"]);
    expect(await submit(EMPTY)).toEqual(["TX_MALFORMED"]);
    expect(await submit(Uint8Array.of(0xc1, 0x80))).toEqual(["TX_MALFORMED"]);
    expect(await submit(Uint8Array.of(3, 0xc0))).toEqual(["TX_TYPE_UNSUPPORTED"]);
    expect(await submit(ethTx(alice, { nonce: 4, chainId: BigInt(CHAIN_ID) }))).toEqual(["CHAIN_ID_MISMATCH"]);
    expect(await submit(groupTx(alice, { nonce: 1n, blockLimit: 60, chainId: 8 }))).toEqual(["CHAIN_ID_MISMATCH"]);
    expect(await submit(groupTx(alice, { nonce: 1n, blockLimit: 60, groupId: 8 }))).toEqual(["GROUP_ID_MISMATCH"]);
    expect(await submit(ethTx(alice, { nonce: 3 }))).toEqual(["NONCE_TOO_LOW"]);
    expect(await submit(ethTx(alice, { nonce: 10 }))).toEqual(["NONCE_TOO_HIGH"]);
    expect(await submit(used)).toEqual(["NONCE_USED"]);
    const first = ethTx(alice, { nonce: 4 });
    expect(await submit(first, first, ethTx(alice, { nonce: 4, value: 1n }))).toEqual([
      "ok",
      "ALREADY_KNOWN",
      "NONCE_ALREADY_PENDING",
    ]);
    expect(await submit(first)).toEqual(["ALREADY_KNOWN"]);
    const keyTwice = [EMPTY, Uint8Array.of(1)].map((extraData) =>
      groupTx(bob, { nonce: 1n, blockLimit: 60, extraData }),
    );
    expect(await submit(...keyTwice)).toEqual(["ok", "NONCE_ALREADY_PENDING"]);
    const [refused] = await pool.submit([used], "client");
    expect(refused).toMatchObject({ ok: false, fiscoStatus: 15, message: REFUSALS.NONCE_USED.message });
    for (const refusal of Object.values(REFUSALS)) expect(refusal.message.length).toBeGreaterThan(10);
  });

  it.each([
    [10, "BLOCK_LIMIT_EXPIRED"],
    [11, "ok"],
    [110, "ok"],
    [111, "BLOCK_LIMIT_TOO_FAR"],
  ])("SPEC 1.7: block limit %i at height 10 with a window of 100: %s", async (blockLimit, outcome) => {
    const { submit } = createFixture();
    expect(await submit(groupTx(alice, { nonce: 1n, blockLimit }))).toEqual([outcome]);
  });

  it("SPEC 1.10: lets nobody block another sender's replay nonce", async () => {
    const { submit } = createFixture();
    expect(
      await submit(groupTx(alice, { nonce: 7n, blockLimit: 60 }), groupTx(bob, { nonce: 7n, blockLimit: 60 })),
    ).toEqual(["ok", "ok"]);
  });

  it("SPEC 1.9: refuses a signature that recovers nobody", async () => {
    const { submit } = createFixture();
    // r = 5 is in range, but 5^3 + 7 is not a square: no point has this x.
    const signature = new Uint8Array(65);
    signature[31] = 5;
    signature[63] = 1;
    expect(await submit(ethTx(alice, { nonce: 0, signature }))).toEqual(["SIGNATURE_INVALID"]);
  });

  it("SPEC 1.12: checks balances where gas is charged, over all that waits", async () => {
    const { submit, chain } = createFixture();
    chain.rules = { ...chain.rules, chargeGas: true };
    chain.setNonce(alice, 0n, 21_000n * 2n + 5n);
    expect(await submit(ethTx(alice, { nonce: 0, value: 5n }))).toEqual(["ok"]);
    expect(await submit(ethTx(alice, { nonce: 1, value: 1n }))).toEqual(["BALANCE_TOO_LOW"]);
    expect(await submit(ethTx(alice, { nonce: 1 }))).toEqual(["ok"]);
    chain.setNonce(bob, 0n, 20_999n);
    expect(await submit(ethTx(bob, { nonce: 0 }))).toEqual(["BALANCE_TOO_LOW"]);
  });

  it("SPEC 1.12: where gas is free, the value must be there, of both kinds, each for itself", async () => {
    const { submit, chain } = createFixture();
    chain.setNonce(alice, 0n, 100n);
    const transfer = (nonce: bigint, value: bigint) => groupTx(alice, { nonce, blockLimit: 60, value });
    expect(await submit(ethTx(alice, { nonce: 0, value: 101n }), transfer(1n, 101n))).toEqual([
      "BALANCE_TOO_LOW",
      "BALANCE_TOO_LOW",
    ]);
    // What comes in between is not known yet.
    expect(await submit(ethTx(alice, { nonce: 0, value: 100n }), transfer(1n, 100n), transfer(2n, 0n))).toEqual([
      "ok",
      "ok",
      "ok",
    ]);
  });

  it("asks for no account where none is needed", async () => {
    const { submit, chain } = createFixture();
    expect(await submit(groupTx(alice, { nonce: 1n, blockLimit: 60 }))).toEqual(["ok"]);
    expect(chain.accountsAsked).toBe(0);
  });

  it("SPEC 1.1: takes nothing new while it is paused, from anybody, and seals what waits", async () => {
    const { pool, submit, sealAll } = createFixture();
    expect(await submit(ethTx(alice, { nonce: 0 }))).toEqual(["ok"]);
    pool.pause(true);
    expect(await submit(ethTx(alice, { nonce: 1 }))).toEqual(["POOL_BUSY"]);
    expect(await pool.submit([ethTx(alice, { nonce: 1 })], "a member")).toMatchObject([{ code: "POOL_BUSY" }]);
    expect(sealAll()).toHaveLength(1);
    pool.pause(false);
    expect(await submit(ethTx(alice, { nonce: 1 }))).toEqual(["ok"]);
  });

  it("SPEC 1.1, 1.13: bounds count, bytes, sender and work under check, and says which", async () => {
    const three = [0, 1, 2].map((nonce) => ethTx(alice, { nonce }));
    expect(await createFixture({ maxTransactions: 2 }).submit(...three)).toEqual(["ok", "ok", "POOL_FULL"]);
    expect(await createFixture({ maxBytes: 250 }).submit(...three)).toEqual(["ok", "ok", "POOL_BYTES_FULL"]);
    expect(await createFixture({ maxPerSender: 2 }).submit(...three)).toEqual(["ok", "ok", "SENDER_LIMIT_REACHED"]);
    const busy = createFixture({ maxBytesInCheck: 250 });
    const [first, second] = await Promise.all([busy.submit(...three.slice(0, 2)), busy.submit(three[2]!)]);
    expect([first, second]).toEqual([["ok", "ok"], ["POOL_BUSY"]]);
    expect(await busy.submit(three[2]!)).toEqual(["ok"]);
    // Members leave the other half to clients.
    const [fromPeer] = await busy.pool.submit([ethTx(bob, { nonce: 0, data: new Uint8Array(30) })], "peer");
    expect(fromPeer).toMatchObject({ ok: false, code: "POOL_BUSY" });
    busy.pool.close();
    expect(await busy.submit(ethTx(alice, { nonce: 3 }))).toEqual(["POOL_BUSY"]);
  });

  it("SPEC 1.8: costs no signature when the pool is full of what can run, as nothing is replaced where gas is free", async () => {
    const { submit, recoveries, chain } = createFixture({ maxTransactions: 2 });
    expect(await submit(ethTx(alice, { nonce: 0 }), ethTx(alice, { nonce: 1 }))).toEqual(["ok", "ok"]);
    expect(await submit(ethTx(bob, { nonce: 0 }))).toEqual(["POOL_FULL"]);
    expect(recoveries()).toBe(2);
    chain.rules = { ...chain.rules, chargeGas: true };
    expect(await submit(ethTx(alice, { nonce: 1, gasPrice: 2n }), ethTx(bob, { nonce: 0 }))).toEqual([
      "ok",
      "POOL_FULL",
    ]);
  });

  it("SPEC 1.15: judges nonces at the head of the moment, not of the question", async () => {
    const { submit, chain, pool } = createFixture();
    chain.duringLoad = () => {
      chain.number++;
      chain.setNonce(alice, 1n);
      pool.committed({ number: chain.number, txs: [] });
    };
    expect(await submit(ethTx(alice, { nonce: 0 }))).toEqual(["NONCE_TOO_LOW"]);
    expect(chain.accountLoads).toBe(2);
  });

  it("copies transactions out of larger messages", async () => {
    const { pool } = createFixture();
    const raw = ethTx(alice, { nonce: 0 });
    const message = new Uint8Array(1_000_000);
    message.set(raw, 5);
    const [result] = await pool.submit([message.subarray(5, 5 + raw.length)], "peer");
    message.fill(0);
    expect(result!.ok).toBe(true);
    const kept = pool.get(suite.hash(raw))!;
    expect(kept.tx.raw).toEqual(raw);
    expect(kept.tx.raw.buffer.byteLength).toBe(raw.length);
  });

  it("recovers once however often the same bytes come", async () => {
    const { submit, recoveries } = createFixture();
    const raw = ethTx(alice, { nonce: 0 });
    await submit(raw);
    await submit(raw);
    expect(recoveries()).toBe(1);
  });

  it("tells what was accepted, with its source", async () => {
    const { pool } = createFixture();
    const events: string[] = [];
    pool.onAccepted(({ txs, source }) => events.push(`${source} ${txs.length}`));
    await pool.submit([ethTx(alice, { nonce: 0 }), ethTx(alice, { nonce: 0 })], "peer");
    await pool.submit([ethTx(alice, { nonce: 0 })], "client");
    expect(events).toEqual(["peer 1"]);
  });
});
