export type { PeerStatus, Sync, SyncStatus } from "./api.ts";
export { credibleClaims } from "./credible-claims.ts";
export { PEER_FAULTS, type PeerFaultCode, type SyncHaltCode } from "./errors.ts";
export { DEFAULT_SYNC_OPTIONS, type SyncOptions } from "./options.ts";
export type {
  AcceptedTransactions,
  EncodedBlock,
  ImportBlockFn,
  SubmitOutcome,
  SyncChain,
  SyncPool,
  WaitingTransaction,
} from "./ports.ts";
export { createSync, type SyncDeps, type SyncHalt } from "./sync.ts";
