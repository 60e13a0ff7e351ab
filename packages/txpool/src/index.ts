export type {
  JudgeContext,
  JudgeResult,
  PoolStats,
  SealRequest,
  SenderContent,
  SubmitResult,
  TxPool,
  WaitingTransaction,
} from "./api.ts";
export { type JudgeCode, REFUSALS, type RefusalCode, type ShapeCode } from "./errors.ts";
export { DEFAULT_TX_POOL_OPTIONS, type TxPoolOptions } from "./options.ts";
export { CLIENT } from "./origins.ts";
export { createTxPool, type TxPoolDeps } from "./pool.ts";
export type {
  AccountState,
  Ancestor,
  CommittedTransactions,
  DropReason,
  PoolChain,
  PoolRules,
  RecoverFn,
  TransactionsAccepted,
  TransactionsDropped,
} from "./ports.ts";
export { recoverInThread } from "./recover.ts";
