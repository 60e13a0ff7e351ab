import type { BlockRef, GroupQuery, QueryResult } from "@fb/api";
import { type Hash, type Height, InvariantError } from "@fb/types";

const ROOM = Number.MAX_SAFE_INTEGER;

/** The bounded reads of a group, with room for everything. A refusal breaks an invariant of the test. */
export function readWhole(query: GroupQuery) {
  return {
    height: async (): Promise<Height> => (await query.head()).header.number,
    block: async (ref: BlockRef, withBody = false) => valueIn(await query.block(ref, withBody, ROOM)),
    receipts: async (ref: BlockRef) => valueIn(await query.receipts(ref, ROOM)),
    transaction: async (hash: Hash) => valueIn(await query.transaction(hash, ROOM)),
    transactionAt: async (ref: BlockRef, index: number) => valueIn(await query.transactionAt(ref, index, ROOM)),
    receipt: async (hash: Hash) => valueIn(await query.receipt(hash, ROOM)),
  };
}

function valueIn<T>(result: QueryResult<T>): T {
  if (!result.ok) throw new InvariantError("a read was refused", { code: result.code });
  return result.value;
}
