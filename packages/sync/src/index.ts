export type { BlockGap, PeerStatus, Sync, SyncStatus } from "./api.ts";
export type { PeerFaultCode, SyncHaltCode } from "./errors.ts";
export { DEFAULT_SYNC_OPTIONS, type SyncOptions } from "./options.ts";
export type {
  AcceptedTransactions,
  AdmissionOutcome,
  EncodedBlock,
  ImportBlockFn,
  SyncChain,
  SyncDeps,
  SyncHalt,
  SyncPool,
  WaitingTransaction,
} from "./ports.ts";
export { credibleClaims } from "./status/credible-claims.ts";
export { createSync } from "./sync.ts";
