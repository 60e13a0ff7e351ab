export { bigTo32, bigToBytes, bytesToBig, compareBytes, concatBytes, EMPTY, equalBytes, fromHex, toHex, ZERO_HASH } from "./bytes.ts";
export { type GroupChannel, MODULES, type ModuleName, type SendResult } from "./contracts/channel.ts";
export type { CryptoSuite, PublicKey, Signature } from "./contracts/crypto.ts";
export type { ConsensusEngine, ConsensusType, EngineStatus } from "./contracts/engine.ts";
export type {
  Evm,
  EvmBlock,
  EvmErrorCode,
  EvmFork,
  EvmHost,
  EvmLimits,
  EvmMessage,
  EvmResult,
  PrecompileCall,
  PrecompileOutcome,
  TableLoad,
} from "./contracts/evm.ts";
export type {
  Account,
  AccountChange,
  AccountProof,
  StateChanges,
  StateCommitment,
  StateMiss,
  StateType,
  StateView,
  WorldState,
} from "./contracts/state.ts";
export type { KeyRange, RowFields, RowOp, StorageBackend, StoredRow } from "./contracts/storage.ts";
export { type ErrorFields, FbError, InvariantError, invariant, isCode, type PeerAction } from "./errors.ts";
export type { Block, BlockHeader, CommitCertificate, HeadInfo, Members, SealerSignature } from "./header.ts";
export {
  type Address,
  ethChainId,
  type GroupId,
  type Hash,
  type Height,
  type Hex,
  isGroupId,
  isNodeId,
  MAX_CHAIN_ID,
  MAX_GROUP_ID,
  type NodeId,
  type SealerIndex,
} from "./ids.ts";
export type { Log, Receipt } from "./receipt.ts";
export { type AccessListItem, GROUP_TX_TYPE, type SignedTransaction, type Transaction, type TxType } from "./tx.ts";
