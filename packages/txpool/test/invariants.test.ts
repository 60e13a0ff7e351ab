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
        const judged = await pool.judgeProposal(
          blockOf(
            chain.number + 1,
            sealed.map(({ tx }) => tx.raw),
          ),
          { ancestors: [], rules: chain.rules },
        );
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
      const judged = await pool.judgeProposal(blockOf(number, [raw]), { ancestors: [], rules: chain.rules });
      expect(judged.ok).toBe(true);
      commit((judged as { txs: readonly SignedTransaction[] }).txs);
    }

    function checkCounters(): void {
      const content = pool.content(1_000);
      const pending = content.flatMap((one) => one.pending);
      const queued = content.flatMap((one) => one.queued);
      const bytes = [...pending, ...queued].reduce((sum, { tx }) => sum + tx.raw.length, 0);
      expect(pool.stats()).toEqual({ pending: pending.length, queued: queued.length, bytes });
      expect(new Set(sealAll().map(({ tx }) => toHex(tx.hash)))).toEqual(
        new Set(
          pending
            .filter(({ tx }) => !tx.group || tx.group.blockLimit > BigInt(chain.number))
            .map(({ tx }) => toHex(tx.hash)),
        ),
      );
    }
  });
});
