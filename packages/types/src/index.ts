export { addressOf, contractAddress, create2Address, groupContractAddress, replayKey } from "./address.ts";
export { type BlockLimits, decodeBlock, decodeBlockHeader, encodeBlock } from "./block-codec.ts";
export {
  BLOCK_LIMITS,
  type BlockSizeCode,
  blockSizeProblem,
  bytesInBlock,
  MAX_BLOCK_BYTES,
  MAX_BLOCK_MESSAGE_BYTES,
  MAX_BLOCK_TRANSACTIONS,
} from "./block-rules.ts";
export { bloomContains, logsBloom, orBloom } from "./bloom.ts";
export {
  bigTo32,
  bigToBytes,
  bytesToBig,
  compareBytes,
  concatBytes,
  EMPTY,
  equalBytes,
  fromHex,
  toHex,
  ZERO_HASH,
} from "./bytes.ts";
export {
  byzantineQuorum,
  type CertificateProblem,
  certificateQuorum,
  decodeCertificate,
  encodeCertificate,
  majorityQuorum,
  verifyCertificate,
} from "./certificate.ts";
export type { TypesErrorCode } from "./codes.ts";
export { type GroupChannel, MODULES, type ModuleName, type SendResult } from "./contracts/channel.ts";
export type { CryptoSuite, PublicKey, Signature } from "./contracts/crypto.ts";
export { CONSENSUS_TYPES, type ConsensusEngine, type ConsensusType, type EngineStatus } from "./contracts/engine.ts";
export {
  EVM_FORKS,
  type Evm,
  type EvmBlock,
  type EvmErrorCode,
  type EvmFork,
  type EvmHost,
  type EvmLimits,
  type EvmMessage,
  type EvmResult,
  type LoadBound,
  type PrecompileCall,
  type PrecompileOutcome,
  type TableLoad,
} from "./contracts/evm.ts";
export {
  type Account,
  type AccountChange,
  type AccountProof,
  STATE_TYPES,
  type StateChanges,
  type StateCommitment,
  type StateMiss,
  type StateType,
  type StateView,
  type WorldState,
} from "./contracts/state.ts";
export type {
  KeyRange,
  RowFields,
  RowOp,
  StorageBackend,
  StorageSnapshot,
  StoredRow,
  TableRow,
} from "./contracts/storage.ts";
export { commitDigest, type SigningType, signingDigest } from "./digest.ts";
export { type ErrorFields, FbError, InvariantError, invariant, isCode, type PeerAction } from "./errors.ts";
export {
  type GenesisAccount,
  type GenesisConfig,
  type GenesisConsensus,
  MAX_ALLOC_CODE,
  MAX_REPLAY_WINDOW,
  MAX_TX_GAS,
} from "./genesis.ts";
export { decodeGenesis, encodeGenesis, genesisDigest, genesisProblem } from "./genesis-codec.ts";
export type { Block, BlockHeader, CommitCertificate, HeadInfo, Members, SealerSignature } from "./header.ts";
export {
  decodeHeader,
  EMPTY_BLOOM,
  encodeHeader,
  headerHash,
  MAX_EXTRA_DATA_BYTES,
  proposalHeader,
  proposalId,
} from "./header-codec.ts";
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
export { bloomMayMatch, type LogCriteria, matchesLog } from "./log-criteria.ts";
export { decodeMembers, encodeMembers, MAX_MEMBERS, membersHash } from "./members.ts";
export {
  type MerkleProof,
  merkleProof,
  merkleRoot,
  receiptRoot,
  txRoot,
  txRootOf,
  verifyMerkleProof,
} from "./merkle.ts";
export { isNodeKey } from "./node-key.ts";
export {
  type CertifiedHeader,
  type InclusionProof,
  type MembershipStep,
  type ProofFailure,
  type ProofProblem,
  type TrustedMembers,
  trustGenesis,
  verifyCertifiedHeader,
  verifyFromGenesis,
  verifyInclusion,
  verifyMembership,
} from "./proof.ts";
export { decodeMembershipSteps, encodeMembershipSteps } from "./proof-codec.ts";
export type { Log, Receipt } from "./receipt.ts";
export { decodeReceipt, encodeReceipt, MAX_RECEIPT_OUTPUT_BYTES } from "./receipt-codec.ts";
export { RECEIPT_STATUS, type ReceiptStatusName, receiptStatusName } from "./receipt-status.ts";
export { type RlpItem, rlpDecode, rlpEncode, rlpUint } from "./rlp.ts";
export {
  isSystemAddress,
  PRECOMPILED_CODES,
  type PrecompiledCode,
  type SystemRefusal,
  systemRefusal,
} from "./system-results.ts";
export {
  type AccessListItem,
  GROUP_TX_TYPE,
  MAX_TRANSACTION_BYTES,
  type SignedTransaction,
  type Transaction,
  type TxType,
} from "./tx.ts";
export type { TxDecodeCode } from "./tx-code.ts";
export {
  decodeTransaction,
  readTransaction,
  type TransactionContent,
  type TxDecodeResult,
  type TxReadResult,
} from "./tx-decode.ts";
export {
  type EthTransactionFields,
  encodeEthTransaction,
  encodeGroupTransaction,
  ethSigningHash,
  type GroupTransactionFields,
  groupSigningHash,
} from "./tx-encode.ts";
export { recoverSender } from "./tx-sender.ts";
export { runningRoot, writeSetDigest } from "./write-set.ts";
