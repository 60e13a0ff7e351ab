import { createSeededRng } from "@fb/runtime/testing";
import { TABLES } from "@fb/storage-amdb";
import { createMemoryDisk } from "@fb/storage-amdb/memory";
import { isCode, replayKey, type SignedTransaction } from "@fb/types";
import { describe, expect, it } from "vitest";
import { groupTx, openNode, suite } from "./fixture.ts";

const keyOf = ({ tx, sender }: SignedTransaction) => replayKey(suite, sender, tx.nonce);

describe("SPEC 4.1, 4.2, 4.3, 4.4: the replay window", () => {
  it("keeps a key until the height reaches its own block limit, in memory and on disk, over restarts", async () => {
    const rng = createSeededRng(1);
    const disk = createMemoryDisk();
    let node = await openNode(disk);
    const used: SignedTransaction[] = [];
    for (let height = 1; height <= 40; height++) {
      const txs = Array.from({ length: rng.below(4) }, (_, i) => groupTx(i, height, height + rng.below(10)));
      await node.add({ txs });
      used.push(...txs);
      if (rng.below(5) === 0) node = await openNode(disk);
      for (const signed of used) {
        expect(node.chain.isReplayed(keyOf(signed))).toBe(Number(signed.tx.group!.blockLimit) > height);
      }
    }
    let rows = 0;
    for await (const row of node.backend.scan(TABLES.replayKeys)) {
      rows++;
      expect(new DataView(row.key.buffer, row.key.byteOffset).getUint32(4)).toBeGreaterThan(40);
    }
    expect(rows).toBeGreaterThan(0);
    for (let i = 0; i < 10; i++) await node.add();
    for await (const row of node.backend.scan(TABLES.replayKeys)) expect(row).toBeNull();
  });

  it("does not commit a transaction past its block limit", async () => {
    const node = await openNode();
    await node.add();
    const late = await node.execute({ txs: [groupTx(1, 1, 1)] });
    await expect(node.chain.commit(late, { round: 0, signatures: [] })).rejects.toSatisfy((error) =>
      isCode(error, "INVARIANT_BROKEN"),
    );
  });
});
