import type { Clock, Logger, MetricsRegister, ThreadLane } from "@fb/runtime";
import type { Address, CryptoSuite, EvmFork, Hash, Height, SignedTransaction, Transaction } from "@fb/types";
import type { ShapeCode } from "./errors.ts";

/** An account as admission needs it. */
export interface AccountState {
  readonly nonce: bigint;
  readonly balance: bigint;
}

/** What the pool asks of the chain; all answers are about the durable head. */
export interface PoolChain {
  height(): Height;
  /** Rules in force for head + 1. */
  config(): PoolRules;
  /** Whether a committed group transaction that is still inside its window used this key. */
  isReplayed(replayKey: Uint8Array): boolean;
  /** Why execution under the rules of head + 1 would not run this transaction whatever the state is; null when it may. */
  cannotRun(tx: Transaction): ShapeCode | null;
  /** One answer per address, in order; an absent account is all zero. At once when everything is in memory. */
  accounts(addresses: readonly Address[]): readonly AccountState[] | Promise<readonly AccountState[]>;
}

/** What judging and admission depend on, apart from state. */
export interface PoolRules {
  readonly txCountLimit: number;
  readonly txGasLimit: number;
  readonly replayWindow: number;
  readonly chargeGas: boolean;
  readonly evmFork: EvmFork;
}

/** Recovers signers, one answer per transaction in order; null = not a signature. */
export type RecoverFn = (
  txs: readonly Transaction[],
) => readonly (Address | null)[] | Promise<readonly (Address | null)[]>;

/** A block that became the head. */
export interface CommittedTransactions {
  readonly number: Height;
  readonly txs: readonly SignedTransaction[];
}

/** Transactions that entered the pool together. */
export interface TransactionsAccepted {
  readonly txs: readonly SignedTransaction[];
  readonly source: "client" | "peer";
}

export type DropReason =
  | "expired"
  | "block-limit"
  | "nonce-used"
  /** Another one of the sender took its place. */
  | "replaced"
  /** It waited for a missing nonce and gave way to others. */
  | "evicted"
  /** Admission would refuse it under the rules in force now. */
  | "rules-changed"
  /** Judging refused it in a block of this node. */
  | "refused";

/** Transactions the pool gave up, each with the reason. Not those that were committed. */
export interface TransactionsDropped {
  readonly hashes: readonly Hash[];
  readonly reason: DropReason;
}

export interface TxPoolDeps {
  readonly chain: PoolChain;
  readonly suite: CryptoSuite;
  readonly recover: RecoverFn;
  /** Where admission of transactions of clients and of members gets its slices of the thread. */
  readonly lanes: { readonly clients: ThreadLane; readonly peers: ThreadLane };
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsRegister;
}
