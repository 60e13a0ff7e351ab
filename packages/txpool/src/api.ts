import type { Address, Block, Hash, SignedTransaction } from "@fb/types";
import type { JudgeCode, RefusalCode } from "./errors.ts";
import type { CommittedTransactions, TransactionsAccepted, TransactionsDropped } from "./ports.ts";

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

/** How much of what the rules allow this node packs into a block. */
export interface SealRequest {
  readonly maxTransactions: number;
  /** Of transactions with their lengths, as `bytesInBlock` counts them. */
  readonly maxBytes: number;
}

export interface PoolStats {
  /** Ready: `seal` would return so many without limits, or a few less. */
  readonly pending: number;
  /** Held back behind a nonce gap. */
  readonly queued: number;
  /** Raw bytes of both. */
  readonly bytes: number;
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
   * Transactions for the block after the head, shared by those who brought them, of each in arrival order: a block that
   * `judgeProposal` accepts. They stay in the pool until committed.
   */
  seal(request: SealRequest): readonly SignedTransaction[];
  /**
   * Judges the transactions of a block after the head without executing them: a function of block and chain. Senders the
   * pool has seen are not recovered again.
   */
  judgeProposal(block: Block): Promise<JudgeResult>;
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
  /** The account's nonce plus its consecutive waiting transactions. */
  pendingNonce(address: Address): Promise<bigint>;
  stats(): PoolStats;
  onAccepted(listener: (event: TransactionsAccepted) => void): () => void;
  onDropped(listener: (event: TransactionsDropped) => void): () => void;
  start(): void;
  /** While it is on, everything new is refused with POOL_BUSY; what waits is sealed and judged as ever. */
  pause(on: boolean): void;
  /** Refuses new work with POOL_BUSY. Idempotent. */
  close(): void;
}
