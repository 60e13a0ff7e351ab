import { STATE_KEYS } from "@fb/blockchain";
import { numberKey, TABLES } from "@fb/storage-amdb";
import { compareRows } from "./block-rows.ts";
import { tolerant, type VerifyContext } from "./context.ts";
import type { BlocksResult } from "./verify-blocks.ts";

/** The counters are the sums of all blocks. How many failed in pruned blocks nobody knows any more. */
export async function verifyCounters(context: VerifyContext, { transactions, failed }: BlocksResult): Promise<void> {
  const { backend, head, lowestBlock, report } = context;
  const table = TABLES.currentState;
  const expected = [
    [STATE_KEYS.number, head],
    [STATE_KEYS.transactions, transactions],
    ...(lowestBlock > 1 ? [] : [[STATE_KEYS.failed, failed] as const]),
  ] as const;
  for (const [key, value] of expected) {
    const rows = await tolerant(() => backend.rows(table, key));
    const op = { table, key, row: 0, fields: [numberKey(value)] };
    compareRows({ table, key, height: head }, [op], rows ?? [], report);
  }
}
