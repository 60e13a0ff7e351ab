import type { GroupQuery, TransactionFate } from "@fb/api";
import type { Blockchain } from "@fb/blockchain";
import type { TxPool } from "@fb/txpool";
import type { SignedTransaction } from "@fb/types";
import type { GroupHealth } from "../health/group-health.ts";
import { own } from "./records.ts";

export interface SubmissionsDeps {
  readonly chain: Blockchain;
  readonly pool: TxPool;
  readonly health: GroupHealth;
}

/** Transactions of clients: into the pool, and what became of them. */
export function submissions({ chain, pool, health }: SubmissionsDeps): Pick<GroupQuery, "submit" | "fates"> {
  const poolFate = async ({ tx, sender }: SignedTransaction): Promise<TransactionFate> => {
    const isQueued = tx.group === null && tx.nonce >= (await pool.pendingNonce(sender));
    return isQueued ? "queued" : "waiting";
  };

  return {
    async submit(raws) {
      const refusal = health.refusal();
      if (refusal !== null) {
        const message = `${refusal.message}: send it to another node of the group`;
        return raws.map(() => ({ ok: false, code: refusal.code, message, fiscoStatus: null }));
      }
      const results = await pool.submit(raws, "client");
      return results.map((result) => {
        if (result.ok) return { ok: true, hash: own(result.hash) };
        const { code, message, fiscoStatus } = result;
        return { ok: false, code, message, fiscoStatus };
      });
    },

    fates(hashes) {
      const isHalted = health.refusal()?.code === "HALTED";
      return Promise.all(
        hashes.map(async (hash) => {
          const waiting = pool.get(hash);
          if (waiting !== null) return isHalted ? "halted" : poolFate(waiting);
          return (await chain.place(hash)) === null ? "dropped" : "durable";
        }),
      );
    },
  };
}
