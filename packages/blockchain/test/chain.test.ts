import { numberKey } from "@fb/storage-amdb";
import { createMemoryDisk } from "@fb/storage-amdb/memory";
import {
  bigTo32,
  certificateQuorum,
  commitDigest,
  decodeBlock,
  decodeCertificate,
  equalBytes,
  isCode,
  type RowOp,
  replayKey,
  toHex,
  trustGenesis,
  verifyInclusion,
  verifyMembership,
  writeSetDigest,
} from "@fb/types";
import { describe, expect, it } from "vitest";
import { addressOfSender, certificate, genesisOf, groupTx, hash32, nodeIds, openNode, suite } from "./fixture.ts";

const log = (topic: string) => ({ address: addressOfSender(9), topics: [hash32(topic)], data: new Uint8Array(3) });

describe("commit and reads", () => {
  it("answers everything about a block by height and by hash, from cache and from disk alike", async () => {
    const disk = createMemoryDisk();
    const { chain, add } = await openNode(disk);
    const txs = [groupTx(1, 1, 5), groupTx(1, 2, 6), groupTx(2, 1, 6)];
    const block = await add({ txs, statuses: [0, 22, 0], logs: [[log("a")], [], [log("b"), log("c")]] });
    await add();
    for (const reader of [chain, (await openNode(disk)).chain, (await openNode(disk, genesisOf(), 0)).chain]) {
      expect(reader.head().header.number).toBe(2);
      expect(reader.totals()).toEqual({ height: 2, transactions: 3, failed: 1 });
      expect(await reader.numberOf(block.hash)).toBe(1);
      const stored = await reader.block(1);
      expect(stored).toMatchObject({
        hash: block.hash,
        header: block.header,
        transactions: txs.map(({ tx }) => tx.raw),
      });
      expect(stored?.senders).toEqual(Uint8Array.from(txs.flatMap(({ sender }) => [...sender])));
      expect(await reader.header(1)).toEqual({
        hash: block.hash,
        header: block.header,
        certificate,
        transactionCount: 3,
        size: stored?.size,
      });
      expect(await reader.receipts(1)).toEqual(block.receipts);
      const receipt = await reader.receipt(txs[2]!.tx.hash);
      expect(receipt).toMatchObject({ index: 2, firstLogIndex: 1, sender: txs[2]!.sender, receipt: block.receipts[2] });
      expect(await reader.transaction(txs[1]!.tx.hash)).toMatchObject({
        index: 1,
        raw: txs[1]!.tx.raw,
        hash: txs[1]!.tx.hash,
      });
      expect((await reader.headers(2, 9)).map(({ header }) => header.number)).toEqual([0, 1, 2]);
      expect(reader.blockHash(1)).toEqual(block.hash);
    }
  });

  it("answers null for what is not there", async () => {
    const { chain } = await openNode();
    const nothing = hash32("nothing");
    const answers = await Promise.all([
      chain.block(1),
      chain.header(-1),
      chain.receipts(7),
      chain.numberOf(nothing),
      chain.place(nothing),
      chain.transaction(nothing),
      chain.receipt(nothing),
      chain.proof(nothing),
      chain.membersAt(2),
      chain.membersAt(0),
    ]);
    expect(answers.every((answer) => answer === null)).toBe(true);
    expect(chain.blockHash(1)).toBeNull();
    expect([chain.configAt(0), chain.configAt(2)]).toEqual([null, null]);
    expect(await chain.headers(1, 5)).toEqual([]);
  });

  it("SPEC 1.3: tells each block once, after the head moved", async () => {
    const { chain, add } = await openNode();
    const heights: string[] = [];
    const stop = chain.onCommitted(({ executed }) =>
      heights.push(`${executed.header.number}@${chain.head().header.number}`),
    );
    chain.onCommitted(() => {
      throw new Error("a listener must not harm the chain");
    });
    await add();
    await add();
    stop();
    await add();
    expect(heights).toEqual(["1@1", "2@2"]);
  });

  it("SPEC 1.2: refuses what does not follow the head", async () => {
    const { chain, execute, add } = await openNode();
    const first = await execute();
    await add();
    const code = async (block: typeof first) => {
      try {
        await chain.commit(block, certificate);
        return "ok";
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(await code(first)).toBe("BLOCK_OUT_OF_ORDER");
    const next = await execute();
    expect(await code({ ...next, header: { ...next.header, parentHash: hash32("x") } })).toBe("BLOCK_OUT_OF_ORDER");
    expect(await code({ ...next, header: { ...next.header, membersHash: hash32("x") } })).toBe("INVARIANT_BROKEN");
    expect(await Promise.all([code(next), code(next)])).toEqual(["ok", "BLOCK_OUT_OF_ORDER"]);
    await chain.close();
    expect(await code(await execute())).toBe("CHAIN_CLOSED");
  });

  it("keeps the last 257 hashes in memory, also after a restart", async () => {
    const disk = createMemoryDisk();
    const { chain, add } = await openNode(disk);
    for (let i = 0; i < 260; i++) await add();
    const { chain: again } = await openNode(disk);
    for (const reader of [chain, again]) {
      expect(reader.blockHash(260)).toEqual(chain.head().hash);
      expect(reader.blockHash(4)).toEqual((await chain.header(4))?.hash);
      expect(reader.blockHash(3)).toBeNull();
    }
  });

  it("serves encoded blocks within limits, one at least", async () => {
    const { chain, add } = await openNode();
    for (let i = 0; i < 5; i++) await add({ txs: [groupTx(1, i, 9)] });
    const all = await chain.encodedBlocks(1, 10, 1e9);
    expect(all.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    const decoded = decodeBlock(all[2]!.block, { maxBytes: 1e9, maxTransactions: 10 });
    expect(decoded?.header.number).toBe(3);
    expect(decodeCertificate(all[2]!.certificate)).toEqual(certificate);
    expect(await chain.encodedBlocks(2, 10, all[1]!.block.length + all[2]!.block.length)).toHaveLength(2);
    expect(await chain.encodedBlocks(2, 2, 1e9)).toHaveLength(2);
    expect(await chain.encodedBlocks(2, 10, 1)).toHaveLength(1);
    expect(await chain.encodedBlocks(6, 10, 1e9)).toEqual([]);
    expect(await chain.encodedBlocks(1, 0, 1e9)).toEqual([]);
  });

  it("SPEC 2.2: stores receipts that no single field could hold", async () => {
    const disk = createMemoryDisk();
    const { add } = await openNode(disk);
    const data = new Uint8Array(20_000_000).fill(7);
    const txs = [groupTx(1, 1, 9), groupTx(1, 2, 9)];
    await add({ txs, logs: [[{ address: addressOfSender(1), topics: [], data }], [log("a")]] });
    const { chain, backend } = await openNode(disk);
    expect((await backend.rows("_sys_number_2_receipts_", numberKey(1))).length).toBe(3);
    const receipts = await chain.receipts(1);
    expect(equalBytes(receipts![0]!.logs[0]!.data, data)).toBe(true);
    expect(receipts![1]!.logs).toHaveLength(1);
  });

  it("proves transaction and receipt against the header", async () => {
    const { chain, add } = await openNode();
    const txs = [1, 2, 3, 4, 5].map((nonce) => groupTx(1, nonce, 9));
    await add({ txs });
    for (const { tx } of txs) {
      const proof = await chain.proof(tx.hash);
      expect(verifyInclusion(suite, proof!.block.header, proof!.inclusion)).toBe(true);
      const moved = { ...proof!.inclusion, index: (proof!.inclusion.index + 1) % 5 };
      expect(verifyInclusion(suite, proof!.block.header, moved)).toBe(false);
    }
  });
});

describe("members and configuration", () => {
  it("SPEC 6.1, 6.2: come into force one height after the block that changed them", async () => {
    const disk = createMemoryDisk();
    const { chain, add } = await openNode(disk);
    await add();
    const [first, second] = [genesisOf(), { sealers: nodeIds(3), observers: [] }];
    await add({ members: second, config: { tx_count_limit: "5" } });
    await add();
    for (const reader of [chain, (await openNode(disk)).chain]) {
      expect((await reader.membersAt(1))?.sealers).toEqual(first.sealers);
      expect((await reader.membersAt(2))?.sealers).toEqual(first.sealers);
      expect(await reader.membersAt(3)).toEqual(second);
      expect(await reader.membersAt(4)).toEqual(second);
      expect(reader.members()).toEqual(second);
      expect([1, 2, 3, 4].map((height) => reader.configAt(height)?.txCountLimit)).toEqual([1_000, 1_000, 5, 5]);
      expect(reader.systemConfig("tx_count_limit")).toEqual({ key: "tx_count_limit", value: "5", enabledAt: 3 });
    }
  });

  it("are proven by the steps of a membership proof", async () => {
    const { chain, execute } = await openNode();
    const genesis = genesisOf();
    const keys = new Map([1n, 2n, 3n, 4n, 5n].map((n) => [toHex(suite.publicKey(bigTo32(n))), bigTo32(n)]));
    const commit = async (sealers: readonly string[], members?: { sealers: typeof genesis.sealers; observers: [] }) => {
      const block = await execute(members === undefined ? {} : { members });
      const { number: height } = block.header;
      const digest = commitDigest(suite, chain.genesisHash, { height, round: 1, hash: block.hash });
      const signatures = sealers
        .slice(0, certificateQuorum("pbft", sealers.length))
        .map((id, sealer) => ({ sealer, signature: suite.sign(digest, keys.get(id)!) }));
      await chain.commit(block, { round: 1, signatures });
    };
    const second = nodeIds(3);
    const third = nodeIds(5).slice(1);
    await commit(genesis.sealers, { sealers: second, observers: [] });
    await commit(second);
    await commit(second, { sealers: third, observers: [] });
    const start = trustGenesis(suite, genesis, (await chain.header(0))!.header);
    expect(start.ok).toBe(true);
    if (!start.ok) return;
    const steps = await chain.membershipSteps(0, 10);
    const proven = verifyMembership(suite, start.trusted, steps);
    expect(proven).toMatchObject({ ok: true, trusted: { height: 3, members: { sealers: third } } });
    expect(await chain.membershipSteps(1, 10)).toEqual(steps.slice(1));
    expect(await chain.membershipSteps(0, 1)).toEqual(steps.slice(0, 1));
  });
});

describe("SPEC 1.1, 1.4: a commit that fails", () => {
  it("leaves nothing half done, halts the chain, and a restart finds the old head whole", async () => {
    const disk = createMemoryDisk();
    const { chain, add, execute } = await openNode(disk);
    await add({ txs: [groupTx(1, 1, 9)] });
    const head = chain.head();
    const block = await execute({ txs: [groupTx(1, 2, 9)], config: { tx_count_limit: "5" } });
    disk.failCommits("STORAGE_FULL");
    await expect(chain.commit(block, certificate)).rejects.toSatisfy((error) => isCode(error, "STORAGE_FULL"));
    disk.repair();
    await expect(chain.commit(block, certificate)).rejects.toSatisfy((error) => isCode(error, "CHAIN_HALTED"));
    expect(chain.head()).toEqual(head);
    expect(chain.totals().transactions).toBe(1);
    const again = await openNode(disk);
    expect(again.chain.head()).toEqual(head);
    expect(again.chain.totals().transactions).toBe(1);
    expect(again.chain.config().txCountLimit).toBe(1_000);
    expect(await again.chain.transaction(block.txs[0]!.tx.hash)).toBeNull();
    await again.chain.commit(await again.execute({ txs: block.txs }), certificate);
    expect(again.chain.head().header.number).toBe(2);
  });

  it("by a crash before the sync shows the old head only, and nobody was told", async () => {
    const disk = createMemoryDisk();
    const { chain, execute } = await openNode(disk);
    const block = await execute({ txs: [groupTx(1, 1, 9)] });
    let told = 0;
    chain.onCommitted(() => told++);
    disk.pauseSync();
    const committing = chain.commit(block, certificate).catch(() => "failed");
    await Promise.resolve();
    expect(chain.head().header.number).toBe(0);
    disk.crash();
    expect(await committing).toBe("failed");
    expect(told).toBe(0);
    disk.resumeSync();
    const again = await openNode(disk);
    expect(again.chain.head().header.number).toBe(0);
    const { tx, sender } = block.txs[0]!;
    expect(again.chain.isReplayed(replayKey(suite, sender, tx.nonce))).toBe(false);
    await again.add({ txs: block.txs });
    expect((await again.chain.receipt(block.txs[0]!.tx.hash))?.index).toBe(0);
  });

  it("tells which blocks are in memory, without reading them", async () => {
    const disk = createMemoryDisk();
    const { chain, add } = await openNode(disk);
    const { txs } = await add({ txs: [groupTx(1, 1, 9)] });
    expect(await chain.place(txs[0]!.tx.hash)).toEqual({ height: 1, index: 0 });
    expect(chain.isAtHand(1)).toBe(true);
    const again = (await openNode(disk)).chain;
    expect(again.isAtHand(1)).toBe(false);
    await again.receipt(txs[0]!.tx.hash);
    expect(again.isAtHand(1)).toBe(true);
  });
});

describe("SPEC 2.1: rows", () => {
  // What other nodes' tools and later versions read: a change here needs a migration.
  it("are frozen", async () => {
    const { chain, backend, execute } = await openNode();
    const batches: (readonly RowOp[])[] = [];
    const commit = backend.commit.bind(backend);
    backend.commit = (height, batch) => {
      batches.push(batch);
      return commit(height, batch);
    };
    await chain.commit(await execute({ txs: [groupTx(1, 1, 5), groupTx(2, 1, 6)], statuses: [0, 22] }), certificate);
    const rows = batches[0]!.map(({ table, key, row }) => `${table} ${toHex(key.subarray(0, 8))} ${row}`).toSorted();
    expect(rows.filter((row) => !/state_roots|pre_images|^c_/.test(row))).toEqual([
      "_sys_certificates_ 0000000000000001 0",
      "_sys_current_state_ 63757272656e745f 0",
      "_sys_current_state_ 746f74616c5f6661 0",
      "_sys_current_state_ 746f74616c5f7472 0",
      "_sys_hash_2_number_ 0ecb6a591fc8327a 0",
      "_sys_number_2_body_ 0000000000000001 1",
      "_sys_number_2_hash_ 0000000000000001 0",
      "_sys_number_2_header_ 0000000000000001 0",
      "_sys_number_2_receipts_ 0000000000000001 1",
      "_sys_number_2_txs_ 0000000000000001 0",
      "_sys_replay_keys_ 0000000000000005 1",
      "_sys_replay_keys_ 0000000000000006 1",
      "_sys_tx_hash_2_block_ 26f758300e5203a7 0",
      "_sys_tx_hash_2_block_ da2a6c0605a32f57 0",
    ]);
    const blockRows = batches[0]!.filter(({ table }) => !/state_roots|pre_images|^c_/.test(table));
    expect(toHex(writeSetDigest(suite, blockRows))).toBe(
      "76ec0a892e65523531ad8bfeb9d1fc04e1f2adfa59a8c8e5167e9b3bb367fde3",
    );
  });
});
