import { createSeededRng } from "@fb/runtime/testing";
import { type SignedTransaction, toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { CLIENT } from "../src/index.ts";
import { blockOf, createFixture, ethTx, groupTx, sender, type TestSender } from "./fixture.ts";

const senders: readonly TestSender[] = [sender(1), sender(2), sender(3)];
const raws = senders.flatMap((from, i) => [
  ...Array.from({ length: 14 }, (_, nonce) => ethTx(from, { nonce })),
  ...Array.from({ length: 5 }, (_, nonce) => ethTx(from, { nonce, value: 1n })),
  ...Array.from({ length: 8 }, (_, nonce) => groupTx(from, { nonce: BigInt(nonce), blockLimit: 12 + nonce * 2 + i })),
]);

/** Random submissions, seals, commits of own and foreign blocks and expiry: whatever happens, these hold. */
describe("pool invariants", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("seed %i", async (seed) => {
    const rng = createSeededRng(seed);
    const { pool, chain, clock, submitFrom, seal, sealAll, commit } = createFixture({
      expiryMs: 20_000,
      maxNonceGap: 10,
    });
    const used = new Set<string>();
    pool.start();
    for (let round = 0; round < 60; round++) {
      const action = rng.below(10);
      if (action < 6) {
        const brought = Array.from({ length: 1 + rng.below(8) }, () => raws[rng.below(raws.length)]!);
        await submitFrom([CLIENT, "a", "b"][rng.below(3)]!, brought);
      } else if (action < 8) {
        const sealed = seal({ maxTransactions: 1 + rng.below(12) });
        const block = blockOf(
          chain.number + 1,
          sealed.map(({ tx }) => tx.raw),
        );
        const judged = await pool.judgeProposal(block);
        expect(judged.ok).toBe(true);
        for (const { tx, sender: from } of sealed) {
          const use = `${toHex(from)}:${tx.group === null ? "account" : "replay"}:${tx.nonce}`;
          expect(used.has(use)).toBe(false);
          used.add(use);
        }
        commit(sealed);
      } else if (action < 9) await commitForeign(chain.number + 1);
      else clock.advance(rng.below(9_000));
      checkCounters();
    }
    pool.close();

    /** A block of transactions the pool may never have seen. */
    async function commitForeign(number: number): Promise<void> {
      const from = senders[rng.below(senders.length)]!;
      const nonce = Number(chain.known.get(toHex(from.address))?.nonce ?? 0n);
      const raw = ethTx(from, { nonce, value: 7n });
      const judged = await pool.judgeProposal(blockOf(number, [raw]));
      expect(judged.ok).toBe(true);
      commit((judged as { txs: readonly SignedTransaction[] }).txs);
    }

    function checkCounters(): void {
      const waiting = Array.from(pool.waiting(), ({ hash }) => pool.get(hash)!);
      const bytes = waiting.reduce((sum, { tx }) => sum + tx.raw.length, 0);
      const sealable = new Set(sealAll().map(({ tx }) => toHex(tx.hash)));
      expect(waiting.filter(({ tx }) => sealable.has(toHex(tx.hash)))).toHaveLength(sealable.size);
      expect(waiting.filter(({ tx }) => tx.group !== null && !sealable.has(toHex(tx.hash)))).toEqual([]);
      expect(pool.stats()).toEqual({ pending: sealable.size, queued: waiting.length - sealable.size, bytes });
    }
  });
});
