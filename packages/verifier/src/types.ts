import type {
  AccessListItem,
  Address,
  Block,
  BlockHeader,
  EvmFork,
  Hash,
  HeadInfo,
  Members,
  Receipt,
  RowOp,
  SignedTransaction,
  StateChanges,
  StateCommitment,
  StateView,
} from "@fb/types";
import type { BlockHashFn, TableOverlay } from "./ports.ts";

/** The rules of the group that execution depends on. */
export interface ExecutionConfig {
  /** A transaction that asks for more gas gets this. */
  readonly txGasLimit: number;
  /** Gas used at which a block takes no further transaction; gasLimit of its header. */
  readonly blockGasLimit: number;
  /** Whether gas is paid for; metered and limited it always is (SPEC 3.4). */
  readonly chargeGas: boolean;
  readonly evmFork: EvmFork;
}

/** What a block is executed under: in force for its height, as committed by its parent. */
export interface ExecutionContext {
  readonly members: Members;
  readonly config: ExecutionConfig;
}

/** A block to execute over the head, and what it is executed under. */
export interface ExecutionInput extends ExecutionContext {
  /** The head. */
  readonly parent: HeadInfo;
  readonly block: Block;
  /** The decoded transactions of `block`, in order. */
  readonly txs: readonly SignedTransaction[];
}

/** A block with everything its execution produced: what `blockchain.commit` takes. Nothing in it is modified afterwards. */
export interface ExecutedBlock {
  /** Hash of `header`. */
  readonly hash: Hash;
  /** The proposal's header with txRoot and the execution fields filled in. */
  readonly header: BlockHeader;
  readonly block: Block;
  readonly txs: readonly SignedTransaction[];
  readonly receipts: readonly Receipt[];
  /** `encodeReceipt` of each, in order: the leaves of receiptRoot. */
  readonly encodedReceipts: readonly Uint8Array[];
  readonly stateCommitment: StateCommitment;
  readonly stateChanges: StateChanges;
  readonly tableBatch: readonly RowOp[];
  /** The lists in force from the next height; null when this block did not change them. */
  readonly members: Members | null;
}

export type VerifyResult =
  | { readonly ok: true; readonly executed: ExecutedBlock }
  /** Execution gives another value for this field of the header. */
  | { readonly ok: false; readonly code: "ROOT_MISMATCH"; readonly field: keyof BlockHeader };

export interface CallRequest {
  /** Absent = the zero address. */
  readonly from?: Address;
  /** Null = a creation. */
  readonly to: Address | null;
  readonly data?: Uint8Array;
  readonly value?: bigint;
  /** Absent, or above the limit of calls = that limit. */
  readonly gas?: bigint;
  /** What a unit of gas may cost at most. */
  readonly gasPrice?: bigint;
  /** What a unit of gas pays; absent = `gasPrice`. */
  readonly priorityFee?: bigint;
  readonly accessList?: readonly AccessListItem[];
  /** Of an estimate: the nonce of the transaction to be; absent = the account's. */
  readonly nonce?: bigint;
}

/** What a call or an estimate reads. */
export interface CallPlace {
  readonly members: Members;
  readonly config: ExecutionConfig;
  /** Of the 256 blocks before the one that is named. What it throws the call rejects with. */
  readonly blockHash: BlockHashFn;
  /** After the block that is named. */
  readonly view: StateView;
  /** Of the block after it. */
  readonly openTables: () => TableOverlay;
}

/** Where a call runs: after this block, seeing its number, time and COINBASE (as `eth_call` does). */
export interface CallSite extends CallPlace {
  /** Members and configuration are those in force for its height. */
  readonly head: HeadInfo;
}

/** Where a transaction is estimated: in the block after `parent`. */
export interface NextBlockSite extends CallPlace {
  /** Members and configuration are those in force for the height after it. */
  readonly parent: HeadInfo;
  /** Time of that block in ms, greater than the parent's. */
  readonly timestamp: number;
  /** Index of the sealer that is expected to propose it. */
  readonly sealer: number;
}

export interface CallResult {
  /** What the status of a receipt would be; 0 = success. */
  readonly status: number;
  /** Return data, revert data after a revert, the deployed code of a creation. */
  readonly output: Uint8Array;
  /** What a transaction would use: intrinsic gas included, refund taken off. */
  readonly gasUsed: bigint;
}

export type EstimateResult =
  | { readonly ok: true; readonly gas: bigint }
  | { readonly ok: false; readonly status: number; readonly output: Uint8Array };
