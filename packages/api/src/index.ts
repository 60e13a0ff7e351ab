export type {
  EthAccessListItem,
  EthBlock,
  EthFeeHistory,
  EthHeader,
  EthLog,
  EthNotifications,
  EthProof,
  EthReceipt,
  EthReceiptHead,
  EthSyncing,
  EthTransaction,
  TxPoolStatus,
} from "./answers/eth.ts";
export type { FbBackup, FbGroup, FbLogPage, FbLogPosition, FbReceipt } from "./answers/fb.ts";
export type {
  FiscoBlock,
  FiscoCall,
  FiscoClientVersion,
  FiscoConsensusStatus,
  FiscoHeader,
  FiscoLog,
  FiscoNode,
  FiscoReceipt,
  FiscoSealerView,
  FiscoSignedHeader,
  FiscoSyncStatus,
  FiscoTransaction,
  FiscoTransactionCount,
} from "./answers/fisco.ts";
export type { Data, Quantity } from "./answers/json.ts";
export type { HealthAnswer, ReadyAnswer } from "./answers/probes.ts";
export type { BackupAnswer, BackupRefusal, BackupRequest } from "./backups.ts";
export type { CallLimits, CallOutcome, CallRequest, EstimateOutcome } from "./calls.ts";
export type { GroupEvent } from "./group-events.ts";
export type { GroupQuery } from "./group-query.ts";
export type {
  GroupStatus,
  KeptHistory,
  NotReadyCode,
  NotReadyReason,
  PeerSyncStatus,
  PoolStatus,
  SyncStatus,
  TransactionTotals,
} from "./group-status.ts";
export type { LogFilter, LogLimits, LogPage, LogPosition } from "./log-search.ts";
export type { RpcAnswer, RpcMethodName, RpcMethods, RpcParams } from "./methods/all.ts";
export type { EthMethods } from "./methods/eth.ts";
export type { FbMethods } from "./methods/fb.ts";
export type { FiscoMethods } from "./methods/fisco.ts";
export type { OperatorMethods } from "./methods/operator.ts";
export type { BlockParam, CallParam, GroupParam, HeightParam, LogFilterParam } from "./methods/params.ts";
export type {
  GroupDirectory,
  GroupHandle,
  GroupInfo,
  GroupReadiness,
  GroupState,
  MemoryStatus,
  NodeInfo,
  NodePeer,
  NodeQuery,
  NodeReadiness,
  ReadinessReason,
} from "./node.ts";
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
