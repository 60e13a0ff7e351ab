export type { CallLimits, CallOutcome, CallRequest, EstimateOutcome } from "./calls.ts";
export type { GroupEvent } from "./group-events.ts";
export type { GroupQuery } from "./group-query.ts";
export type {
  GroupStatus,
  NotReadyCode,
  NotReadyReason,
  PeerSyncStatus,
  PoolStatus,
  SyncStatus,
  TransactionTotals,
} from "./group-status.ts";
export type { LogFilter, LogLimits, LogPage, LogPosition } from "./log-search.ts";
export type { GroupDirectory, GroupHandle, GroupInfo, NodeInfo, NodePeer } from "./node.ts";
export type { QueryErrorCode, QueryFailure, QueryResult } from "./query-result.ts";
export type {
  BlockRecord,
  BlockRef,
  HeadRecord,
  LogRecord,
  ReceiptRecord,
  TransactionPlace,
  TransactionRecord,
} from "./records.ts";
export type { SubmitOutcome, TransactionFate } from "./submissions.ts";
