import type { CallOutcome, CallRequest, EstimateOutcome } from "@fb/api";
import type { Clock } from "@fb/runtime";
import type { StateValue } from "@fb/storage-amdb/state";
import type { CryptoSuite, Evm, Hash, HeadInfo, Height, Members, StateMiss, StoredRow, TableLoad } from "@fb/types";
import type { ExecutionConfig } from "@fb/verifier";

/*
 * Calls run where they hold nobody up: in a thread of their own, which asks the group's thread for what it reads. Both
 * ports here may cross a thread: arguments and answers are structured-cloneable, a signal is the last argument.
 */

/** What the next block is likely to say of itself: nobody knows who proposes it, or when. */
export interface NextTurn {
  /** Milliseconds since the epoch, greater than the parent's. */
  readonly timestamp: number;
  /** Index of the sealer. */
  readonly sealer: number;
}

/**
 * Runs calls. Rejects with CALL_ABORTED or PORT_CANCELLED when the signal is aborted, while it waits too, and with
 * CALL_QUEUE_FULL, CALL_MEMORY_EXCEEDED, CALL_PRECOMPILE_EXCEEDED, STATE_NOT_KEPT, or PORT_CLOSED when the thread ended.
 */
export interface CallRunner {
  /** @param height of the block the call runs on */
  call(request: CallRequest, height: Height, maxGas: bigint, signal: AbortSignal): Promise<CallOutcome>;
  /** @param height of the parent of the block in which the transaction would be executed */
  estimateGas(
    request: CallRequest,
    height: Height,
    turn: NextTurn,
    maxGas: bigint,
    signal: AbortSignal,
  ): Promise<EstimateOutcome>;
  /** Ends what runs and refuses what comes. */
  close(): Promise<void>;
}

/** What a committed block says to calls on it and on the block after it. Never changes. */
export interface SiteRecord {
  readonly head: HeadInfo;
  readonly members: Members;
  readonly config: ExecutionConfig;
  /** In force for the height after it. */
  readonly next: { readonly members: Members; readonly config: ExecutionConfig };
}

/** What the thread of calls reads through the group's thread, which answers as much at a time as it can spare. */
export interface CallSource {
  site(height: Height): Promise<SiteRecord>;
  /** Of up to 256 blocks before the one at `height`, the nearest first; 32 bytes each. */
  hashesBefore(height: Height): Promise<Uint8Array>;
  /** As of `height`, in the order asked. Rejects with STATE_NOT_KEPT. */
  state(height: Height, misses: readonly StateMiss[]): Promise<readonly StateValue[]>;
  /** Of the newest block, in the order asked; null = more than `most`. */
  rows(loads: readonly TableLoad[]): Promise<readonly (readonly StoredRow[] | null)[]>;
}

export interface CallRunnerDeps {
  readonly suite: CryptoSuite;
  readonly evm: Evm;
  readonly source: CallSource;
  readonly clock: Clock;
}

export function hashAt(hashes: Uint8Array, index: number): Hash | null {
  const from = index * 32;
  return index < 0 || from + 32 > hashes.length ? null : hashes.slice(from, from + 32);
}
