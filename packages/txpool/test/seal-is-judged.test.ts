import { createSeededRng } from "@fb/runtime/testing";
import { MAX_TRANSACTION_BYTES } from "@fb/types";
import { describe, expect, it } from "vitest";
import { CLIENT } from "../src/index.ts";
import { blockOf, createFixture, ethTx, groupTx, sender } from "./fixture.ts";

const senders = [sender(1), sender(2), sender(3)];
const ORIGINS = [CLIENT, "a", "b"];
/** A seed sends, changes rules and commits this often. */
const ROUNDS = 40;

/**
 * Random transactions near and far in the window, rules that governance may change at any height, blocks of this node
 * and of others: what `seal` gives is a block that `judgeProposal` accepts.
 */
describe("SPEC 2.3: whatever is sealed is accepted by judging", () => {
  const raws = senders.flatMap((from) => [
    ...Array.from({ length: 20 }, (_, nonce) => ethTx(from, { nonce, data: new Uint8Array((nonce * 37) % 300) })),
    ...Array.from({ length: 60 }, (_, i) => groupTx(from, { nonce: BigInt(i), blockLimit: 12 + i * 7 })),
  ]);

  it.each(Array.from({ length: 40 }, (_, i) => i + 1))("seed %i", async (seed) => {
    const rng = createSeededRng(seed);
    const { pool, chain, submitFrom, commit } = createFixture({ maxNonceGap: 30 });
    chain.rules = { ...chain.rules, replayWindow: 450 };
    const pick = <T>(list: readonly T[]) => list[rng.below(list.length)]!;
    for (let round = 0; round < ROUNDS; round++) {
      const brought = Array.from({ length: 1 + rng.below(12) }, () => pick(raws));
      await submitFrom(pick(ORIGINS), brought);
      if (rng.below(3) === 0) {
        // Counts from the next height on, as values of SystemConfig do.
        chain.rules = { ...chain.rules, replayWindow: pick([20, 60, 100, 450]), txCountLimit: pick([1, 3, 10, 1_000]) };
        commit([]);
      }
      const sealed = pool.seal({ maxTransactions: 1 + rng.below(30), maxBytes: pick([500, 3_000, 1e9]) });
      const block = blockOf(
        chain.number + 1,
        sealed.map(({ tx }) => tx.raw),
      );
      expect(await pool.judgeProposal(block)).toMatchObject({ ok: true });
      if (rng.below(2) === 0) commit(sealed);
    }
  });

  it("up to the bytes that a block may have", async () => {
    const { pool, submitFrom } = createFixture();
    const data = new Uint8Array(MAX_TRANSACTION_BYTES - 200);
    await submitFrom(
      CLIENT,
      Array.from({ length: 12 }, (_, nonce) => ethTx(senders[0]!, { nonce, data })),
    );
    const sealed = pool.seal({ maxTransactions: 100, maxBytes: 1e9 }).map(({ tx }) => tx.raw);
    expect(sealed).toHaveLength(8);
    expect(await pool.judgeProposal(blockOf(11, sealed))).toMatchObject({ ok: true });
  });
});
