import type {
  Address,
  BlockHeader,
  CommitCertificate,
  GenesisConfig,
  Hash,
  HeadInfo,
  Height,
  InclusionProof,
  Log,
  LogCriteria,
  Members,
  MembershipStep,
  Receipt,
  StateView,
} from "@fb/types";
import type { ChainConfig, ConfigRow } from "./chain-config.ts";
import type { ExecutedBlock } from "./ports.ts";

/** A committed block with everything the store keeps of it but the receipts. Byte fields may be views of larger buffers. */
export interface StoredBlock {
  readonly hash: Hash;
  readonly header: BlockHeader;
  /** Raw signed transactions in order. */
  readonly transactions: readonly Uint8Array[];
  /** 32 bytes each, in block order. */
  readonly txHashes: Uint8Array;
  /** 20 bytes each, in block order. */
  readonly senders: Uint8Array;
  /** Bytes of the encoded block. */
  readonly size: number;
}

/** A committed header and what is stored beside it. */
export interface StoredHeader {
  readonly hash: Hash;
  readonly header: BlockHeader;
  /** Null for genesis. */
  readonly certificate: CommitCertificate | null;
  readonly transactionCount: number;
  /** Bytes of the encoded block. */
  readonly size: number;
}

export interface TransactionPlace {
  readonly height: Height;
  /** In the block. */
  readonly index: number;
}

export interface StoredTransaction {
  readonly block: HeadInfo;
  /** In the block. */
  readonly index: number;
  readonly raw: Uint8Array;
  readonly hash: Hash;
  readonly sender: Address;
}

export interface StoredReceipt extends StoredTransaction {
  readonly receipt: Receipt;
  /** Index in the block of this receipt's first log. */
  readonly firstLogIndex: number;
}

/** A committed transaction with the proof that it and its receipt are in `block` (types SPEC 12.1). */
export interface TransactionProof {
  readonly block: HeadInfo;
  /** Names transaction and receipt; `verifyInclusion(suite, block.header, inclusion)` holds. */
  readonly inclusion: InclusionProof;
}

export interface Totals {
  readonly height: Height;
  readonly transactions: number;
  readonly failed: number;
}

/** A log's place in the chain: where a search begins or goes on. */
export interface LogPosition {
  readonly block: Height;
  /** Index in the block. */
  readonly logIndex: number;
}

/** How much of the chain and how many logs one search may take. */
export interface LogLimits {
  readonly maxBlocks: number;
  readonly maxLogs: number;
  /** Bytes of the logs, see {@link logBytes}; one log is found whatever its size. */
  readonly maxBytes: number;
}

export interface LogQuery extends LogCriteria, LogLimits {
  readonly from: LogPosition;
  /** Inclusive; a height above the head means the head. */
  readonly to: Height;
}

export interface FoundLog {
  readonly log: Log;
  readonly block: HeadInfo;
  readonly transactionHash: Hash;
  readonly transactionIndex: number;
  /** Index in the block. */
  readonly logIndex: number;
}

/** The logs that fit the limits, in order. */
export interface FoundLogs {
  readonly logs: readonly FoundLog[];
  /** Where the search goes on; null when it is complete. */
  readonly next: LogPosition | null;
}

/** A committed block as it goes to a peer. */
export interface EncodedBlock {
  readonly number: Height;
  readonly block: Uint8Array;
  readonly certificate: Uint8Array;
}

export interface BlockCommitted {
  readonly executed: ExecutedBlock;
  readonly certificate: CommitCertificate;
  /** In force from the next height. */
  readonly members: Members;
  /** In force from the next height. */
  readonly config: ChainConfig;
}

/**
 * The chain of one group. Synchronous methods answer from memory. Reads see durable blocks only: the head moves when
 * the batch of its block is on disk. A read of something that is not there is null, never an error. What is in a block
 * that this node has pruned rejects with BLOCK_PRUNED: it exists. Headers, certificates, members, hashes of transactions
 * and where they are, stay.
 */
export interface Blockchain {
  readonly genesis: GenesisConfig;
  readonly genesisHash: Hash;

  head(): HeadInfo;
  /** In force for head + 1. */
  members(): Members;
  /** In force for head + 1. */
  config(): ChainConfig;
  totals(): Totals;
  /** From this block on, transactions and receipts are kept; 0 = all. Block 0, which has none, always is. */
  lowestBlock(): Height;
  /** Hash of the head or one of the 256 blocks before it; null outside that window. */
  blockHash(height: Height): Hash | null;
  /** Whether this replay key was used by a committed group transaction whose blockLimit is still above the head. */
  isReplayed(replayKey: Uint8Array): boolean;
  /** State after block `height`. */
  stateView(height: Height): StateView;

  header(height: Height): Promise<StoredHeader | null>;
  /** `count` headers ending with `newest`, oldest first; fewer at the start of the chain. */
  headers(newest: Height, count: number): Promise<readonly StoredHeader[]>;
  numberOf(hash: Hash): Promise<Height | null>;
  block(height: Height): Promise<StoredBlock | null>;
  /** Hashes of the transactions of a block, 32 bytes each, without reading what is in it. */
  txHashes(height: Height): Promise<Uint8Array | null>;
  receipts(height: Height): Promise<readonly Receipt[] | null>;
  /** Whether block and receipts are in memory: whoever asks for them takes nothing from the disk. */
  isAtHand(height: Height): boolean;
  /** Where a committed transaction is, pruned or not. */
  place(txHash: Hash): Promise<TransactionPlace | null>;
  transaction(hash: Hash): Promise<StoredTransaction | null>;
  receipt(txHash: Hash): Promise<StoredReceipt | null>;
  proof(txHash: Hash): Promise<TransactionProof | null>;
  /** In force for `height`, that is committed to by header `height - 1`; `height` from 1 to head + 1. */
  membersAt(height: Height): Promise<Members | null>;
  /** In force for `height`, from 1 to head + 1. */
  configAt(height: Height): ChainConfig | null;
  /** The row of `_sys_config_` in force for head + 1; null for a key that was never set. */
  systemConfig(key: string): ConfigRow | null;
  /** Every change of the member list above `after`, oldest first, `limit` at most: the steps of a membership proof. */
  membershipSteps(after: Height, limit: number): Promise<readonly MembershipStep[]>;
  /** A search that begins below `lowestBlock` rejects with BLOCK_PRUNED. */
  logs(query: LogQuery): Promise<FoundLogs>;
  /** Consecutive blocks from `from`, at least one when it is kept, otherwise while they fit in `maxBytes`. */
  encodedBlocks(from: Height, maxBlocks: number, maxBytes: number): Promise<readonly EncodedBlock[]>;

  /**
   * Makes a block durable in one atomic batch and moves the head. Once and in order (BLOCK_OUT_OF_ORDER); a batch
   * that failed may or may not be on disk, so every later commit is refused with CHAIN_HALTED until the chain is opened anew.
   */
  commit(executed: ExecutedBlock, certificate: CommitCertificate): Promise<void>;
  /** Called after the head moved, in order, each height once. Returns the function that ends the subscription. */
  onCommitted(listener: (event: BlockCommitted) => void): () => void;
  /** Waits for a commit under way; the backend is the caller's to close. Idempotent. */
  close(): Promise<void>;
}
