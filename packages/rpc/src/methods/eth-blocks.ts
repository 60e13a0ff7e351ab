import { ethBlock } from "../format/block.ts";
import { ethReceipt } from "../format/receipt.ts";
import { ethTransaction } from "../format/transaction.ts";
import { quantity } from "../hex.ts";
import { ethMethod, type GroupScope, HEAVY, type MethodTable } from "../method.ts";
import type { BlockRef, TransactionRecord } from "../ports.ts";
import { flag, hash, index, optional } from "../schema.ts";
import { block } from "../schema-block.ts";

/** Blocks and what is in them. Absent things are null, as Ethereum clients expect. */
export const ethBlockMethods: MethodTable = {
  eth_blockNumber: ethMethod([], async ({ query }) => quantity((await query.head()).header.number)),
  eth_getBlockByNumber: ethMethod([block("block"), optional(flag("fullTransactions"), false)], getBlock),
  eth_getBlockByHash: ethMethod([hash("blockHash"), optional(flag("fullTransactions"), false)], getBlock),
  eth_getBlockTransactionCountByNumber: ethMethod([block("block")], countTransactions),
  eth_getBlockTransactionCountByHash: ethMethod([hash("blockHash")], countTransactions),
  eth_getUncleCountByBlockNumber: ethMethod([block("block")], countUncles),
  eth_getUncleCountByBlockHash: ethMethod([hash("blockHash")], countUncles),
  eth_getTransactionByHash: ethMethod([hash("transactionHash")], async (scope, id) =>
    transactionOrNull(scope, await scope.query.transaction(id)),
  ),
  eth_getTransactionByBlockNumberAndIndex: ethMethod([block("block"), index("index")], transactionAt),
  eth_getTransactionByBlockHashAndIndex: ethMethod([hash("blockHash"), index("index")], transactionAt),
  eth_getTransactionReceipt: ethMethod([hash("transactionHash")], async ({ query, info, services }, id) => {
    const record = await query.receipt(id);
    return record === null ? null : ethReceipt(services.suite, info, record);
  }),
  eth_getBlockReceipts: ethMethod(
    [block("block")],
    async ({ query, info, services }, ref) => {
      const records = await query.receipts(ref);
      return records === null ? null : records.map((record) => ethReceipt(services.suite, info, record));
    },
    HEAVY,
  ),
};

async function getBlock({ query, info, services }: GroupScope, ref: BlockRef, full: boolean): Promise<unknown> {
  const record = await query.block(ref, full);
  return record === null ? null : ethBlock(services.suite, info, record);
}

async function countTransactions({ query }: GroupScope, ref: BlockRef): Promise<string | null> {
  const record = await query.block(ref, false);
  return record === null ? null : quantity(record.transactionCount);
}

async function countUncles({ query }: GroupScope, ref: BlockRef): Promise<string | null> {
  return (await query.block(ref, false)) === null ? null : "0x0";
}

async function transactionAt(scope: GroupScope, ref: BlockRef, at: number): Promise<unknown> {
  return transactionOrNull(scope, await scope.query.transactionAt(ref, at));
}

function transactionOrNull({ info, services }: GroupScope, record: TransactionRecord | null): unknown {
  return record === null ? null : ethTransaction(services.suite, info, record);
}
