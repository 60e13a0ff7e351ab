import type { Clock, Logger, MetricsRegister } from "@fb/runtime";
import type {
  Block,
  BlockHeader,
  CryptoSuite,
  Hash,
  Members,
  Receipt,
  RowOp,
  SignedTransaction,
  StateChanges,
  StateCommitment,
  StorageBackend,
  WorldState,
} from "@fb/types";

/** What executing a block made; the part of the verifier's result that a commit needs. Nothing here is modified afterwards. */
export interface ExecutedBlock {
  /** Hash of `header`. */
  readonly hash: Hash;
  /** With the execution fields filled in. */
  readonly header: BlockHeader;
  /** Its header may be the proposal's or the executed one; only the transactions are used. */
  readonly block: Block;
  /** One per transaction of the block, in order. */
  readonly txs: readonly SignedTransaction[];
  /** One per transaction of the block, in order. */
  readonly receipts: readonly Receipt[];
  /** `encodeReceipt` of each receipt, in order: the leaves of receiptRoot. */
  readonly encodedReceipts: readonly Uint8Array[];
  readonly stateCommitment: StateCommitment;
  readonly stateChanges: StateChanges;
  /** Writes to system and user tables. */
  readonly tableBatch: readonly RowOp[];
  /** The list in force from the next height when this block changed it; null when it did not. */
  readonly members: Members | null;
}

/** Something that keeps rows of the head in memory and follows durable batches. */
export interface TableFollower {
  committed(batch: readonly RowOp[]): void;
}

export interface BlockchainDeps {
  readonly backend: StorageBackend;
  readonly suite: CryptoSuite;
  /** A world state over the same backend. */
  readonly world: WorldState;
  /** The table cache of the same backend. */
  readonly tables: TableFollower;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsRegister;
}
