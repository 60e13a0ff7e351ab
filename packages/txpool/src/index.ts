export type {
  JudgeResult,
  PoolStats,
  SealRequest,
  SubmitResult,
  TxPool,
  WaitingTransaction,
} from "./api.ts";
export { type JudgeCode, REFUSALS, type RefusalCode, type ShapeCode } from "./errors.ts";
export { DEFAULT_TX_POOL_OPTIONS, type TxPoolOptions } from "./options.ts";
export { CLIENT } from "./origins.ts";
export { createTxPool } from "./pool.ts";
export type {
  AccountState,
  CommittedTransactions,
  DropReason,
  PoolChain,
  PoolRules,
  RecoverFn,
  TransactionsAccepted,
  TransactionsDropped,
  TxPoolDeps,
} from "./ports.ts";
export { recoverInThread } from "./recover.ts";
