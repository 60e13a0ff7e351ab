import type { BlockRef, HeadRecord, Quantity, QueryResult, TransactionRecord } from "@fb/api";
import { JsonList } from "../answers/json-text.ts";
import { ethBlock } from "../format/block.ts";
import { quantity } from "../format/hex.ts";
import { ethReceipt } from "../format/receipt.ts";
import { ethTransaction } from "../format/transaction.ts";
import { FIRST_BLOCK_BYTES, FIRST_LOOK_UP_BYTES, readBounded } from "../reads/bounded-read.ts";
import { unwrap } from "../reads/query-result.ts";
import { block } from "../schema/block.ts";
import { flag, hash, index, optional } from "../schema/params.ts";
import { ethMethod, type GroupScope, HEAVY, LOOK_UP, type MethodPart } from "./method.ts";

/** Blocks and what is in them. Absent things are null, as Ethereum clients expect. */
export const ethBlockMethods = {
  eth_blockNumber: ethMethod([], async ({ query }) => quantity((await query.head()).header.number)),
  eth_getBlockByNumber: ethMethod([block("block"), optional(flag("fullTransactions"), false)], getBlock, HEAVY),
  eth_getBlockByHash: ethMethod([hash("blockHash"), optional(flag("fullTransactions"), false)], getBlock, HEAVY),
  eth_getBlockTransactionCountByNumber: ethMethod([block("block")], countTransactions),
  eth_getBlockTransactionCountByHash: ethMethod([hash("blockHash")], countTransactions),
  eth_getUncleCountByBlockNumber: ethMethod([block("block")], countUncles),
  eth_getUncleCountByBlockHash: ethMethod([hash("blockHash")], countUncles),
  eth_getTransactionByHash: ethMethod(
    [hash("transactionHash")],
    (scope, id) => transactionOrNull(scope, (maxBytes, signal) => scope.query.transaction(id, maxBytes, signal)),
    LOOK_UP,
  ),
  eth_getTransactionByBlockNumberAndIndex: ethMethod([block("block"), index("index")], transactionAt, LOOK_UP),
  eth_getTransactionByBlockHashAndIndex: ethMethod([hash("blockHash"), index("index")], transactionAt, LOOK_UP),
  eth_getTransactionReceipt: ethMethod(
    [hash("transactionHash")],
    (scope, id) =>
      readBounded(
        scope,
        FIRST_LOOK_UP_BYTES,
        (maxBytes, signal) => scope.query.receipt(id, maxBytes, signal),
        (record) => (record === null ? null : ethReceipt(scope.info, record)),
      ),
    LOOK_UP,
  ),
  eth_getBlockReceipts: ethMethod(
    [block("block")],
    (scope, ref) =>
      readBounded(
        scope,
        FIRST_BLOCK_BYTES,
        (maxBytes, signal) => scope.query.receipts(ref, maxBytes, signal),
        (records) => (records === null ? null : JsonList.of(records, (record) => ethReceipt(scope.info, record))),
      ),
    HEAVY,
  ),
} satisfies MethodPart;

function getBlock(scope: GroupScope, ref: BlockRef, full: boolean) {
  return readBounded(
    scope,
    FIRST_BLOCK_BYTES,
    (maxBytes, signal) => scope.query.block(ref, full, maxBytes, signal),
    (record) => (record === null ? null : ethBlock(scope.services.suite, scope.info, record)),
  );
}

async function countTransactions(scope: GroupScope, ref: BlockRef): Promise<Quantity | null> {
  const head = await headAt(scope, ref);
  return head === null ? null : quantity(head.transactionCount);
}

async function countUncles(scope: GroupScope, ref: BlockRef): Promise<Quantity | null> {
  return (await headAt(scope, ref)) === null ? null : "0x0";
}

/** A block without what is in it. */
async function headAt({ query }: GroupScope, ref: BlockRef): Promise<HeadRecord | null> {
  const heads = await query.headers(ref, 1);
  if (!heads.ok && heads.code === "BLOCK_NOT_FOUND") return null;
  return unwrap(heads)[0] ?? null;
}

function transactionAt(scope: GroupScope, ref: BlockRef, at: number) {
  return transactionOrNull(scope, (maxBytes, signal) => scope.query.transactionAt(ref, at, maxBytes, signal));
}

function transactionOrNull(
  scope: GroupScope,
  ask: (maxBytes: number, signal: AbortSignal) => Promise<QueryResult<TransactionRecord | null>>,
) {
  return readBounded(scope, FIRST_LOOK_UP_BYTES, ask, (record) =>
    record === null ? null : ethTransaction(scope.info, record),
  );
}
