export { createConsensusEngine } from "./driver.ts";
export type { EngineCodec, EngineMachine, EngineProtocol, OpenedMessage, SignedMessage } from "./engine-protocol.ts";
export type { ConsensusError, ConsensusErrorCode, HaltCode } from "./errors.ts";
export type { AppendFile, JournalFiles } from "./journal/files.ts";
export { createKeySigner } from "./messages/signer.ts";
export { type EngineOptions, requireRange } from "./options.ts";
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
export { proposalOf } from "./sealing/sealer.ts";
