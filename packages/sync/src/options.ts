import type { ConsensusType } from "@fb/types";

export interface SyncOptions {
  readonly consensus: ConsensusType;
  /** Highest rules version this program can run; told to peers. */
  readonly rulesVersion: number;
  /** Status is repeated this often even when nothing changes, in milliseconds. */
  readonly statusBeatMs: number;
  /** Status is sent at most this often while blocks come, in milliseconds. */
  readonly statusMinIntervalMs: number;
  /** New transactions are collected this long before they are sent or passed on, in milliseconds. */
  readonly txBatchMs: number;
  /** Hashes of transactions that have waited this long are announced to all members, this often, in milliseconds. */
  readonly announceMs: number;
  /** Bytes of messages about transactions that wait unread, of all members together. */
  readonly maxWaitingBytes: number;
  /** Bytes of transactions in one message. */
  readonly txBatchBytes: number;
  /** A sealer that lags by a few blocks waits this long for consensus before it downloads, in milliseconds. */
  readonly graceMs: number;
  /** A sealer that lags by more than this many blocks downloads at once. */
  readonly maxLagBlocks: number;
  /** Blocks asked for at once, 1..1024. */
  readonly batchBlocks: number;
  /** Bytes of blocks in one answer, asked for and served. A single larger block is sent alone. */
  readonly batchBytes: number;
  /** Blocks are asked for up to so many times `batchBlocks` above the head. */
  readonly maxBatches: number;
  /**
   * Bytes of blocks that wait for import at most, and what is under way counts with `batchBytes` an answer. The answer
   * that all others wait for is taken beyond that.
   */
  readonly maxBytes: number;
  /** An unanswered request is given to another peer after this, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** A peer that failed is left alone this long, doubled with each further failure up to 64 times, in milliseconds. */
  readonly backOffMs: number;
}

export const DEFAULT_SYNC_OPTIONS = {
  statusBeatMs: 5_000,
  statusMinIntervalMs: 50,
  txBatchMs: 25,
  announceMs: 10_000,
  maxWaitingBytes: 16 * 1024 * 1024,
  txBatchBytes: 512 * 1024,
  graceMs: 1_500,
  maxLagBlocks: 8,
  batchBlocks: 64,
  batchBytes: 2 * 1024 * 1024,
  maxBatches: 8,
  maxBytes: 16 * 1024 * 1024,
  requestTimeoutMs: 5_000,
  backOffMs: 1_000,
} as const satisfies Omit<SyncOptions, "consensus" | "rulesVersion">;
