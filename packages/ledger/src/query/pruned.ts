import type { GroupQuery, QueryResult } from "@fb/api";
import { type Height, isCode } from "@fb/types";

type ContentReads = Pick<GroupQuery, "block" | "receipts" | "transaction" | "transactionAt" | "receipt" | "logs">;

/** The same reads of what blocks hold. For a block that exists and is pruned here, the client is told so. */
export function refusingPruned<Reads extends ContentReads>(reads: Reads): Reads {
  return {
    ...reads,
    block: orPruned(reads.block),
    receipts: orPruned(reads.receipts),
    transaction: orPruned(reads.transaction),
    transactionAt: orPruned(reads.transactionAt),
    receipt: orPruned(reads.receipt),
    logs: orPruned(reads.logs),
  };
}

function orPruned<Args extends unknown[], T>(
  read: (...args: Args) => Promise<QueryResult<T>>,
): (...args: Args) => Promise<QueryResult<T>> {
  return async (...args) => {
    try {
      return await read(...args);
    } catch (error) {
      if (!isCode(error, "BLOCK_PRUNED")) throw error;
      const { height, lowest } = error.fields as { readonly height: Height; readonly lowest: Height };
      const kept = `of block ${height} this node keeps no transactions and receipts, only from block ${lowest} on`;
      const message = `pruned history unavailable: ${kept}; ask a node that keeps more`;
      return { ok: false, code: "BLOCK_PRUNED", message, lowest };
    }
  };
}
