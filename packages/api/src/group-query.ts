import type { AccountProof, Address, Hash, Height } from "@fb/types";
import type { CallLimits, CallOutcome, CallRequest, EstimateOutcome } from "./calls.ts";
import type { GroupStatus, TransactionTotals } from "./group-status.ts";
import type { LogFilter, LogLimits, LogPage, LogPosition } from "./log-search.ts";
import type { QueryResult } from "./query-result.ts";
import type { BlockRecord, BlockRef, HeadRecord, ReceiptRecord, TransactionRecord } from "./records.ts";
import type { SubmitOutcome, TransactionFate } from "./submissions.ts";

/*
 * What the server asks of a group and of the node. Every method of GroupQuery may cross a thread: arguments and answers
 * are plain structured-cloneable data, one call is one hop and answers one JSON-RPC request whole. An implementation
 * copies byte fields that are views into a larger buffer, because cloning a view clones the whole buffer. A rejected
 * promise means a fault of the node (the client is told "internal error"); everything a client can cause is an answer.
 */

/**
 * The read and submit side of one group, as the server sees it. A read that may be large takes `maxBytes` and answers
 * LIMIT_EXCEEDED with the bytes it needs before it builds anything. Counted are the bytes of raw transactions, log data,
 * topics and output; besides, 512 for a transaction, 1024 for a receipt, 256 for a log, and 34 for a hash in a list.
 * Whatever may have to wait takes a signal: aborted = nobody wants the answer any more, and nothing more is done for it.
 */
export interface GroupQuery {
  status(): Promise<GroupStatus>;
  head(): Promise<HeadRecord>;
  /** Null when there is no such block. `withBody` asks for raw transactions and senders. */
  block(
    ref: BlockRef,
    withBody: boolean,
    maxBytes: number,
    signal?: AbortSignal,
  ): Promise<QueryResult<BlockRecord | null>>;
  /** `count` consecutive headers ending with `newest`, oldest first, fewer at the start of the chain. */
  headers(newest: BlockRef, count: number, signal?: AbortSignal): Promise<QueryResult<readonly HeadRecord[]>>;
  /** All receipts of a block in order; null when there is no such block. */
  receipts(
    ref: BlockRef,
    maxBytes: number,
    signal?: AbortSignal,
  ): Promise<QueryResult<readonly ReceiptRecord[] | null>>;
  /** Committed or waiting in this node's pool. */
  transaction(hash: Hash, maxBytes: number, signal?: AbortSignal): Promise<QueryResult<TransactionRecord | null>>;
  transactionAt(
    ref: BlockRef,
    index: number,
    maxBytes: number,
    signal?: AbortSignal,
  ): Promise<QueryResult<TransactionRecord | null>>;
  /** Null until the transaction is committed. */
  receipt(hash: Hash, maxBytes: number, signal?: AbortSignal): Promise<QueryResult<ReceiptRecord | null>>;
  /** One outcome per input, in order. Accepted = in this node's pool. */
  submit(raws: readonly Uint8Array[]): Promise<readonly SubmitOutcome[]>;
  /** One fate per hash, in order. */
  fates(hashes: readonly Hash[]): Promise<readonly TransactionFate[]>;
  /** @param signal absent = only its time limit ends it */
  call(request: CallRequest, at: BlockRef, limits: CallLimits, signal?: AbortSignal): Promise<QueryResult<CallOutcome>>;
  /** Of a transaction in the block after `at`. */
  estimateGas(
    request: CallRequest,
    at: BlockRef,
    limits: CallLimits,
    signal?: AbortSignal,
  ): Promise<QueryResult<EstimateOutcome>>;
  balance(address: Address, at: BlockRef): Promise<QueryResult<bigint>>;
  /** `pending` counts the transactions of this sender that wait in the pool. */
  nonce(address: Address, at: BlockRef | "pending"): Promise<QueryResult<bigint>>;
  code(address: Address, at: BlockRef): Promise<QueryResult<Uint8Array>>;
  /** 32 bytes; zero for an unset slot. */
  storageAt(address: Address, slot: Hash, at: BlockRef): Promise<QueryResult<Uint8Array>>;
  proof(address: Address, slots: readonly Hash[], at: BlockRef): Promise<QueryResult<AccountProof>>;
  /** @param start where an earlier search over the same filter ended; null = at its beginning */
  logs(
    filter: LogFilter,
    limits: LogLimits,
    start: LogPosition | null,
    signal?: AbortSignal,
  ): Promise<QueryResult<LogPage>>;
  totals(): Promise<TransactionTotals>;
  /** The value in force for head + 1 and the height it took effect; null for an unknown key. */
  systemConfig(key: string): Promise<{ readonly value: string; readonly enabledAt: Height } | null>;
  /** Switches `pending` events on or off; they are off at first. */
  watchPending(on: boolean): Promise<void>;
}
