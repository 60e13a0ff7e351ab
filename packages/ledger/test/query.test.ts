import type { LogFilter, LogPosition } from "@fb/api";
import { bytesToBig, EMPTY, fromHex, type StateType } from "@fb/types";
import { describe, expect, it } from "vitest";

import { suite } from "../src/testing/index.ts";
import { account, admin, ethTx, groupTx, hex, keyed, makeGenesis } from "./accounts.ts";
import { type Member, startCluster } from "./fixture.ts";

/** Emits one log of 32 bytes of data and one topic, the first 32 bytes of calldata, and stores them at slot 0. */
const RUNTIME = "600035806000556000526000" + "3560206000a100";
const LENGTH = (RUNTIME.length / 2).toString(16).padStart(2, "0");
/** Copies RUNTIME to memory and returns it. */
const INIT = `60${LENGTH}600c60003960${LENGTH}6000f3${RUNTIME}`;

const LIMITS = { maxGas: 30_000_000n, timeoutMs: 5_000 };
const word = (value: number) => fromHex(value.toString(16).padStart(64, "0"))!;
const asCreation = (code: string) => ({
  from: null,
  to: null,
  value: 0n,
  data: fromHex(code)!,
  gas: null,
  gasPrice: 0n,
  priorityFee: 0n,
  accessList: [],
  nonce: null,
});

async function single(stateType: StateType = "storage"): Promise<Member> {
  const { members } = await startCluster(makeGenesis(keyed.slice(0, 1), { stateType }));
  return members[0]!;
}

async function deployed(member: Member) {
  const [created] = await member.run(ethTx(admin, 0, { to: null, value: 0n, data: fromHex(INIT)! }));
  const address = created!.receipt.contractAddress!;
  return { created: created!, address };
}

describe("blocks and transactions", () => {
  it("answers by height, by hash and for the head", async () => {
    const { query, read } = await single();
    const genesis = (await read.block(0, true))!;
    expect(genesis).toMatchObject({ certificate: null, sealer: null, sealers: [], transactionCount: 0 });
    expect(hex((await read.block("latest", false))!.hash)).toBe(hex(genesis.hash));
    expect((await read.block(genesis.hash, false))!.header.number).toBe(0);
    expect(await read.block(1, false)).toBeNull();
    expect(await read.block(new Uint8Array(32), false)).toBeNull();
    expect(await read.receipts(1)).toBeNull();
    expect(await query.headers(1, 1)).toMatchObject({ ok: false, code: "BLOCK_NOT_FOUND" });
  });

  it("answers transactions, receipts and their places", async () => {
    const member = await single();
    const { query, read } = member;
    const txs = [groupTx(admin, { value: 1n }), ethTx(admin, 0), ethTx(admin, 1)];
    const records = await member.run(...txs);
    const blocks = await Promise.all(records.map(({ transaction }) => read.block(transaction.place.blockNumber, true)));
    for (const [i, { transaction }] of records.entries()) {
      const { index, blockNumber, blockHash } = transaction.place;
      expect(hex(blockHash)).toBe(hex(blocks[i]!.hash));
      expect(blocks[i]!.certificate!.signatures).toHaveLength(1);
      expect(hex(blocks[i]!.body!.transactions[index]!)).toBe(hex(txs[i]!.raw));
      expect(hex((await read.transactionAt(blockNumber, index))!.hash)).toBe(hex(txs[i]!.hash));
      expect(hex((await read.transaction(txs[i]!.hash))!.sender)).toBe(hex(admin.address));
      const all = (await read.receipts(blockNumber))!;
      expect(hex(all[index]!.transaction.hash)).toBe(hex(txs[i]!.hash));
    }
    const height = await member.height();
    const count = (await read.block(height, false))!.transactionCount;
    expect(await read.transactionAt(height, count)).toBeNull();
    expect(await read.transactionAt(height, -1)).toBeNull();
    expect(await read.transactionAt(height + 1, 0)).toBeNull();
    expect(await read.transaction(new Uint8Array(32))).toBeNull();
    expect(await read.receipt(new Uint8Array(32))).toBeNull();
    const headers = await query.headers("latest", 100);
    expect(headers.ok && headers.value.map(({ header }) => header.number)).toEqual(
      Array.from({ length: height + 1 }, (_, i) => i),
    );
  });

  it("shows waiting transactions and counts them in the pending nonce", async () => {
    const member = await single();
    const { query, read } = member;
    await query.watchPending(true);
    // Nonce 1 waits for nonce 0.
    const held = ethTx(admin, 1);
    await query.submit([held.raw]);
    expect(await read.transaction(held.hash)).toMatchObject({ place: null });
    expect(await query.nonce(admin.address, "pending")).toEqual({ ok: true, value: 0n });
    expect(await query.fates([held.hash, new Uint8Array(32)])).toEqual(["queued", "dropped"]);
    const first = ethTx(admin, 0);
    await query.submit([first.raw]);
    expect(await query.fates([held.hash])).not.toEqual(["queued"]);
    expect(await query.nonce(admin.address, "pending")).toEqual({ ok: true, value: 2n });
    await member.when((facts) => facts.some(({ type }) => type === "pending"));
    expect(await query.nonce(admin.address, "latest")).toMatchObject({ ok: true });
    expect(await query.nonce(admin.address, 0)).toEqual({ ok: true, value: 0n });
    await Promise.all([first, held].map(({ hash }) => member.receipt(hash)));
    expect(await query.fates([first.hash, held.hash])).toEqual(["durable", "durable"]);
  });
});

describe("state", () => {
  it("answers code, slots, balances and logs of a contract at any kept height", async () => {
    const member = await single();
    const { query } = member;
    const { address } = await deployed(member);
    expect(await query.code(address, "latest")).toEqual({ ok: true, value: fromHex(RUNTIME) });
    expect(await query.code(account(50).address, "latest")).toEqual({ ok: true, value: EMPTY });
    const [one] = await member.run(ethTx(admin, 1, { to: address, value: 0n, data: word(5) }));
    const [two] = await member.run(ethTx(admin, 2, { to: address, value: 0n, data: word(6) }));
    const [at, later] = [one!, two!].map(({ transaction }) => transaction.place.blockNumber);
    expect(await query.storageAt(address, word(0), at!)).toEqual({ ok: true, value: word(5) });
    expect(await query.storageAt(address, word(0), "latest")).toEqual({ ok: true, value: word(6) });
    expect(await query.storageAt(address, word(0), later! + 1)).toMatchObject({ ok: false, code: "BLOCK_NOT_FOUND" });
    expect(await query.balance(admin.address, 0)).toEqual({ ok: true, value: 10n ** 18n });

    const filter: LogFilter = { from: 0, to: "latest", addresses: [address], topics: [] };
    const limits = { maxBlocks: 100, maxLogs: 100, maxBytes: 100_000 };
    const logs = (change: Partial<LogFilter>, maxLogs = 100, start: LogPosition | null = null) =>
      query.logs({ ...filter, ...change }, { ...limits, maxLogs }, start);
    const all = await logs({});
    expect(all.ok && all.value.logs.map(({ place }) => place.blockNumber)).toEqual([at, later]);
    const some = await logs({ topics: [[word(6)]] });
    expect(some.ok && some.value.logs.map(({ transactionHash }) => hex(transactionHash))).toEqual([
      hex(two!.transaction.hash),
    ]);
    const page = await logs({}, 1);
    expect(page).toMatchObject({ value: { logs: [{}], next: { block: later, logIndex: 0 } } });
    const rest = await logs({}, 1, { block: later!, logIndex: 0 });
    expect(rest).toMatchObject({ value: { logs: [{ place: { blockNumber: later } }], next: null } });
    expect(await logs({ from: later! + 1 })).toEqual({ ok: true, value: { logs: [], next: null } });
    for (const change of [{ from: later!, to: at! }, { from: "latest" as const, to: 0 }, { to: later! + 1 }]) {
      expect(await logs(change)).toMatchObject({ ok: false, code: "INVALID_RANGE" });
    }
    expect(await logs({}, 1, { block: later! + 1, logIndex: 0 })).toMatchObject({ code: "INVALID_RANGE" });
    expect(await logs({ from: new Uint8Array(32) })).toMatchObject({ code: "BLOCK_NOT_FOUND" });
    expect(await query.totals()).toEqual({ blockNumber: later, transactions: 3, failed: 0 });
    expect(await query.systemConfig("tx_count_limit")).toEqual({ key: "tx_count_limit", value: "100", enabledAt: 0 });
    expect(await query.systemConfig("nothing")).toBeNull();
  });

  it.each<StateType>(["storage", "mpt"])(
    "keeps its depth over a restart on %s state, and says what it lacks",
    async (type) => {
      const member = await single(type);
      for (let n = 0n; n < 13n; n++) await member.run(groupTx(admin, { nonce: n, value: 1n }));
      const head = await member.height();
      for (const restarted of [false, true]) {
        if (restarted) {
          await member.stop();
          await member.start();
        }
        const balance = (height: number) => member.query.balance(account(99).address, height);
        expect(await balance(head)).toEqual({ ok: true, value: 13n });
        expect(await balance(head - 4)).toMatchObject({ ok: true });
        expect(await balance(head - 10)).toMatchObject({ ok: true });
        expect(await balance(head - 11)).toMatchObject({ ok: false, code: "STATE_NOT_KEPT", lowest: head - 10 });
      }
    },
  );

  it.each([0x1000, 0x1003, 0x1, 0xbeef])("shows the code of 0x%s as contracts see it", async (number) => {
    const member = await single();
    const target = word(number).subarray(12);
    // Returns EXTCODESIZE and EXTCODEHASH of the address in calldata.
    const probe = "600035803b6000523f60205260406000f3";
    const size = (probe.length / 2).toString(16).padStart(2, "0");
    const init = `60${size}600c60003960${size}6000f3${probe}`;
    const [created] = await member.run(ethTx(admin, 0, { to: null, value: 0n, data: fromHex(init)! }));
    const request = { ...asCreation(""), to: created!.receipt.contractAddress!, data: word(number) };
    const seen = await member.query.call(request, "latest", LIMITS);
    const code = await member.query.code(target, "latest");
    if (!seen.ok || !code.ok) throw new TypeError("no answer");
    expect(bytesToBig(seen.value.output.subarray(0, 32))).toBe(BigInt(code.value.length));
    const hash = code.value.length === 0 ? "0".repeat(64) : hex(suite.hash(code.value));
    expect(hex(seen.value.output.subarray(32))).toBe(hash);
  });

  it("proves accounts on a trie and only there", async () => {
    const [trie, flat] = [await single("mpt"), await single("storage")];
    const proof = await trie.query.proof(admin.address, [word(0)], "latest");
    expect(proof).toMatchObject({ ok: true, value: { account: { balance: 10n ** 18n, nonce: 0n } } });
    const root = (await trie.read.block(0, false))!.header.stateRoot;
    expect(proof.ok && hex(suite.hash(proof.value.accountProof[0]!))).toBe(hex(root));
    expect(await flat.query.proof(admin.address, [], "latest")).toMatchObject({ code: "PROOF_UNSUPPORTED" });
  });
});
