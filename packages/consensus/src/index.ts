export type { EngineCodec, EngineMachine, EngineProtocol, OpenedMessage, SignedMessage } from "./codec.ts";
export { createConsensusEngine } from "./driver.ts";
export { type ConsensusError, type ConsensusErrorCode, consensusError } from "./errors.ts";
export { type AppendFile, type JournalFiles, nodeFiles } from "./journal/files.ts";
export { type Journal, openJournal } from "./journal/journal.ts";
export { type CheckedEngineOptions, checkEngineOptions, type EngineOptions, requireRange } from "./options.ts";
export type {
  ChainPort,
  EngineDeps,
  ExecuteResult,
  ExecutionPort,
  HaltReport,
  HeightLimits,
  NewHead,
  PoolPort,
  SealedTransactions,
  SealLimits,
  SignerPort,
  SyncPort,
} from "./ports.ts";
export { proposalOf } from "./sealer.ts";
export { createKeySigner } from "./signer.ts";
