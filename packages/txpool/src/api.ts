import type { Address, Block, Hash, SignedTransaction } from "@fb/types";
import type { JudgeCode, RefusalCode } from "./errors.ts";
import type { Ancestor, CommittedTransactions, PoolRules, TransactionsAccepted, TransactionsDropped } from "./ports.ts";

/** Accepted = in this node's memory. A refusal's `message` tells the client what to do. */
export type SubmitResult =
  | { readonly ok: true; readonly hash: Hash }
  | {
      readonly ok: false;
      readonly code: RefusalCode;
      readonly message: string;
      /** Receipt status known to older clients. */
      readonly fiscoStatus: number | null;
      /** Present when the bytes decoded. */
      readonly hash: Hash | null;
      /** Whether its signature had to be recovered to tell. */
      readonly recovered: boolean;
    };

export type JudgeResult =
  | { readonly ok: true; readonly txs: readonly SignedTransaction[] }
  | { readonly ok: false; readonly code: JudgeCode; readonly index: number | null };

/** Where a block stands. */
export interface JudgeContext {
  /** Blocks between the durable head and this block, oldest first. */
  readonly ancestors: readonly Ancestor[];
  /** In force for the block's height. */
  readonly rules: PoolRules;
}

/** A block to seal. Transactions of its ancestors are not sealed again. */
export interface SealRequest extends JudgeContext {
  readonly maxTransactions: number;
  readonly maxBytes: number;
}

export interface PoolStats {
  /** Ready to be sealed. */
  readonly pending: number;
  /** Held back behind a nonce gap. */
  readonly queued: number;
  /** Raw bytes of both. */
  readonly bytes: number;
}

/** One sender's transactions, as `txpool_content` shows them. */
export interface SenderContent {
  readonly sender: Address;
  readonly pending: readonly SignedTransaction[];
  readonly queued: readonly SignedTransaction[];
}

export interface WaitingTransaction {
  readonly hash: Hash;
  /** Milliseconds since the epoch. */
  readonly arrivedAt: number;
}

/** The waiting transactions of one group. */
export interface TxPool {
  /**
   * One result per input, in order. Never rejects for anything a client can cause. Goes on in slices: answers hold for
   * pool and head of the moment at which the slice was looked at.
   *
   * @param origin {@link CLIENT}, or a name for the member that brought them.
   */
  submit(raws: readonly Uint8Array[], origin: string): Promise<readonly SubmitResult[]>;
  /**
   * Transactions for the block after `ancestors`, shared by those who brought them, of each in arrival order: a block
   * that `judgeProposal` accepts. They stay in the pool until committed.
   */
  seal(request: SealRequest): readonly SignedTransaction[];
  /**
   * Judges a block's transactions without executing them: a function of the block, its ancestors and the
   * rules. Senders the pool has seen are not recovered again.
   */
  judgeProposal(block: Block, context: JudgeContext): Promise<JudgeResult>;
  /** Drops what a durable block, or rules in force since, made obsolete. Once per height, in order, after the chain's head moved. */
  committed(block: CommittedTransactions): void;
  /**
   * A block was refused for this transaction. If these are the very bytes that this pool sealed, and not those of a
   * block from elsewhere, it gives them up, and all Ethereum transactions of their sender: it was wrong about them.
   */
  refused(raw: Uint8Array): void;
  get(hash: Hash): SignedTransaction | null;
  /** Whether it waits here or is among those committed last. */
  knows(hash: Hash): boolean;
  /** All that waits, in arrival order. */
  waiting(): Iterable<WaitingTransaction>;
  /** How many transactions `seal` would return without limits, or a few more. */
  pending(ancestors: readonly Ancestor[]): number;
  /** The account's nonce plus its consecutive waiting transactions. */
  pendingNonce(address: Address): Promise<bigint>;
  stats(): PoolStats;
  /** Waiting transactions by sender, `maxTransactions` at most. */
  content(maxTransactions: number): readonly SenderContent[];
  onAccepted(listener: (event: TransactionsAccepted) => void): () => void;
  onDropped(listener: (event: TransactionsDropped) => void): () => void;
  start(): void;
  /** While it is on, everything new is refused with POOL_BUSY; what waits is sealed and judged as ever. */
  pause(on: boolean): void;
  /** Refuses new work with POOL_BUSY. Idempotent. */
  close(): void;
}
