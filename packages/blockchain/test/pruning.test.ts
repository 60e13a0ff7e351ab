import { createSeededRng } from "@fb/runtime/testing";
import { keyNumber, TABLES } from "@fb/storage-amdb";
import { createMemoryDisk, type MemoryDisk } from "@fb/storage-amdb/memory";
import { type Height, isCode, type StorageBackend, toHex, trustGenesis, verifyMembership } from "@fb/types";
import { describe, expect, it } from "vitest";
import type { Blockchain } from "../src/index.ts";
import { addressOfSender, certificate, genesisOf, groupTx, hash32, nodeIds, openNode, suite } from "./fixture.ts";

const log = (topic: string) => ({ address: addressOfSender(9), topics: [hash32(topic)], data: new Uint8Array(3) });
const txOf = (height: Height) => groupTx(1, height, height + 5);
const everywhere = { addresses: [], topics: [], maxBlocks: 1_000, maxLogs: 1_000, maxBytes: 1_000_000 };

const open = (disk: MemoryDisk, keepBlocks?: number, cacheBytes = 0) =>
  openNode(disk, genesisOf(), cacheBytes, keepBlocks);

/** One transaction with one log a block. */
async function grow(node: Awaited<ReturnType<typeof openNode>>, blocks: number): Promise<void> {
  for (let i = 0; i < blocks; i++) {
    const height = node.chain.head().header.number + 1;
    await node.add({ txs: [txOf(height)], logs: [[log(`block ${height}`)]] });
  }
}

async function heightsIn(backend: StorageBackend, table: string): Promise<Height[]> {
  const heights = new Set<Height>();
  for await (const { key } of backend.scan(table)) heights.add(keyNumber(key));
  return [...heights];
}

const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);

/** Bodies and receipts of block 0 and from `lowest` on, and nothing else of them; everything of the other tables. */
async function expectKept({ backend, chain }: { backend: StorageBackend; chain: Blockchain }, lowest: Height) {
  const head = chain.head().header.number;
  expect(chain.lowestBlock()).toBe(lowest);
  const kept = lowest === 0 ? range(0, head) : [0, ...range(lowest, head)];
  for (const table of [TABLES.numberToBody, TABLES.numberToReceipts]) {
    expect(await heightsIn(backend, table)).toEqual(kept);
  }
  for (const table of [TABLES.numberToHeader, TABLES.numberToHash, TABLES.numberToTxs]) {
    expect(await heightsIn(backend, table)).toEqual(range(0, head));
  }
  expect(await heightsIn(backend, TABLES.certificates)).toEqual(range(1, head));
}

const code = (reading: Promise<unknown>) =>
  reading.then(
    (value) => (value === null ? "null" : "found"),
    (error: { code: string }) => error.code,
  );

describe("pruning", () => {
  it.each([1, 3])("SPEC 7.1: keeps the head and %i blocks before it, at each height", async (keep) => {
    const node = await open(createMemoryDisk(), keep);
    for (let height = 1; height <= 12; height++) {
      await grow(node, 1);
      await expectKept(node, height - keep > 1 ? height - keep : 0);
    }
  });

  it("SPEC 7.2: keeps all again from where a larger number, or none, was set; what is gone stays gone", async () => {
    const disk = createMemoryDisk();
    await grow(await open(disk, 2), 10);
    let node = await open(disk, 5);
    await expectKept(node, 8);
    await grow(node, 1);
    await expectKept(node, 8);
    await grow(node, 4);
    await expectKept(node, 10);
    node = await open(disk);
    await grow(node, 10);
    await expectKept(node, 10);
    expect(await code(node.chain.block(9))).toBe("BLOCK_PRUNED");
    node = await open(disk, 1);
    await grow(node, 2);
    await expectKept(node, 26);
  });

  it("SPEC 7.3: works off a backlog eight blocks at a time, over restarts, and says how far it is", async () => {
    const disk = createMemoryDisk();
    await grow(await open(disk), 50);
    let node = await open(disk, 1);
    for (const lowest of [9, 17, 25]) {
      await grow(node, 1);
      await expectKept(node, lowest);
    }
    expect(node.log.lines).toContainEqual(
      expect.objectContaining({ event: "blocks-pruning", fields: { lowest: 9, remaining: 41 } }),
    );
    node = await open(disk, 1);
    for (const lowest of [33, 41, 49, 56, 57]) {
      await grow(node, 1);
      await expectKept(node, lowest);
    }
    expect(node.log.lines.at(-1)).toMatchObject({ event: "blocks-pruning-done", fields: { lowest: 56 } });
  });

  it("SPEC 7.3: of blocks that take many rows, all go, found by reading or remembered, two at least in a commit", async () => {
    const disk = createMemoryDisk();
    const large = { address: addressOfSender(1), topics: [], data: new Uint8Array(9_000_000) };
    let node = await open(disk);
    for (let height = 1; height <= 5; height++) {
      await node.add({ txs: [txOf(height)], logs: [height === 4 ? [] : [large]] });
    }
    node = await open(disk, 1);
    await node.add({ txs: [txOf(6)], logs: [[large]] });
    await expectKept(node, 3);
    await grow(node, 1);
    await expectKept(node, 5);
    await grow(node, 1);
    await expectKept(node, 7);
  });

  it("leaves one block or the other as they were when the commit is lost", async () => {
    const disk = createMemoryDisk();
    const node = await open(disk, 2);
    await grow(node, 6);
    disk.failCommits("STORAGE_FULL");
    await expect(grow(node, 1)).rejects.toSatisfy((error) => isCode(error, "STORAGE_FULL"));
    disk.repair();
    const again = await open(disk, 2);
    await expectKept(again, 4);
    await grow(again, 1);
    await expectKept(again, 5);
  });
});

describe("what is pruned", () => {
  it("SPEC 7.4: is refused, never absent; the rest is answered", async () => {
    const disk = createMemoryDisk();
    const writer = await open(disk, 3, 10_000_000);
    await grow(writer, 10);
    for (const { chain } of [writer, await open(disk, 3)]) {
      const old = txOf(6).tx.hash;
      const reads = [chain.block(6), chain.receipts(6), chain.transaction(old), chain.receipt(old), chain.proof(old)];
      for (const read of reads) await expect(read).rejects.toMatchObject({ code: "BLOCK_PRUNED" });
      await expect(chain.block(1)).rejects.toMatchObject({ fields: { height: 1, lowest: 7 } });
      expect(await chain.place(old)).toEqual({ height: 6, index: 0 });
      expect((await chain.header(6))?.transactionCount).toBe(1);
      expect(await chain.txHashes(6)).toEqual(old);
      expect(await chain.numberOf((await chain.header(6))!.hash)).toBe(6);
      expect((await chain.headers(10, 20)).length).toBe(11);
      const genesis = await Promise.all([chain.block(0), chain.receipts(0)]);
      expect([genesis[0]?.transactions, genesis[1]]).toEqual([[], []]);
      expect(await code(chain.proof(txOf(7).tx.hash))).toBe("found");
      expect(await code(chain.receipt(txOf(7).tx.hash))).toBe("found");
      expect(await code(chain.transaction(hash32("unknown")))).toBe("null");
      expect(await code(chain.block(11))).toBe("null");
    }
  });

  it("SPEC 7.4: refuses a search for logs that begins there, whatever it would find", async () => {
    const { chain } = await (async () => {
      const node = await open(createMemoryDisk(), 3);
      await grow(node, 10);
      return node;
    })();
    const search = (from: number, to: number, topic = "block 9") =>
      code(chain.logs({ ...everywhere, from: { block: from, logIndex: 0 }, to, topics: [[hash32(topic)]] }));
    expect(await search(7, 10)).toBe("found");
    expect(await search(6, 10)).toBe("BLOCK_PRUNED");
    expect(await search(0, 3, "in no block")).toBe("BLOCK_PRUNED");
    expect(await search(0, 0)).toBe("found");
  });

  it("is not sent to peers, and nothing empty in its place", async () => {
    const node = await open(createMemoryDisk(), 3);
    await grow(node, 10);
    for (const from of [1, 6]) expect(await node.chain.encodedBlocks(from, 10, 1e9)).toEqual([]);
    expect((await node.chain.encodedBlocks(7, 10, 1e9)).map(({ number }) => number)).toEqual([7, 8, 9, 10]);
  });

  it("can still be proved from genesis: headers, certificates and members stay", async () => {
    const node = await open(createMemoryDisk(), 1);
    const genesis = genesisOf();
    await grow(node, 2);
    await node.add({ members: { sealers: nodeIds(3), observers: [] } });
    await grow(node, 8);
    const start = trustGenesis(suite, genesis, (await node.chain.header(0))!.header);
    if (!start.ok) throw new Error(start.code);
    const steps = await node.chain.membershipSteps(0, 10);
    expect(steps.map(({ header }) => header.number)).toEqual([3]);
    expect(steps[0]!.certificate).toEqual(certificate);
    // The fixture's certificates are not signed; what is checked first is that the step belongs to the chain.
    expect(verifyMembership(suite, start.trusted, steps)).toMatchObject({ ok: false });
    const headers = await node.chain.headers(11, 12);
    for (const [i, { header }] of headers.entries()) {
      if (i > 0) expect(toHex(header.parentHash)).toBe(toHex(headers[i - 1]!.hash));
    }
  });

  it.each([1, 2, 3])("is told apart from damage by reads that commits overtake, seed %i", async (seed) => {
    const rng = createSeededRng(seed);
    const node = await open(createMemoryDisk(), 2);
    const answers = new Map<string, number>();
    const reads: Promise<void>[] = [];
    for (let i = 0; i < 60; i++) {
      const committing = grow(node, 1);
      for (let n = rng.below(6); n > 0; n--) {
        await Promise.resolve();
        const height = Math.max(1, node.chain.head().header.number - rng.below(4));
        const read = [
          () => node.chain.block(height),
          () => node.chain.receipts(height),
          () => node.chain.proof(txOf(height).tx.hash),
          async () => {
            const sent = await node.chain.encodedBlocks(height, 3, 1e9);
            if (sent.some(({ block }) => block.length === 0)) throw new Error("an empty block");
          },
        ][rng.below(4)]!;
        reads.push(code(read()).then((answer) => void answers.set(answer, (answers.get(answer) ?? 0) + 1)));
      }
      await committing;
    }
    await Promise.all(reads);
    expect([...answers.keys()].filter((answer) => answer !== "null").sort()).toEqual(["BLOCK_PRUNED", "found"]);
  });
});

it("damage is still named: a kept block without its body or receipts", async () => {
  const node = await open(createMemoryDisk());
  await grow(node, 2);
  const rows = [TABLES.numberToBody, TABLES.numberToReceipts].map((table) => ({
    table,
    key: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1),
    row: 1,
    fields: null,
  }));
  await node.backend.commit(3, rows);
  expect(await code(node.chain.block(1))).toBe("STORE_CORRUPT");
  expect(await code(node.chain.receipts(1))).toBe("STORE_CORRUPT");
  expect(await code(node.chain.encodedBlocks(1, 5, 1e9))).toBe("STORE_CORRUPT");
});
