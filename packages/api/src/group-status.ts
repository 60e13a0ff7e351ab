import type { EngineStatus, Hash, Height, Members, NodeId } from "@fb/types";
import type { HeadRecord } from "./records.ts";

export interface PoolStatus {
  /** Ready to be sealed. */
  readonly pending: number;
  /** Held back behind a nonce gap. */
  readonly queued: number;
  readonly bytes: number;
}

export interface PeerSyncStatus {
  readonly nodeId: NodeId;
  readonly height: Height;
  /** From this block on it keeps transactions; 0 = all. */
  readonly lowest: Height;
  readonly hash: Hash;
}

export interface SyncStatus {
  /** The head may be older than the group's: blocks are missing, or this node cannot know. */
  readonly syncing: boolean;
  /** Height where the current catch-up began; the head's when not syncing. */
  readonly startedAt: Height;
  readonly knownHighest: Height;
  readonly knownHighestHash: Hash;
  readonly peers: readonly PeerSyncStatus[];
}

/**
 * Why a node cannot serve its group. HALTED: it takes no part until the operator has looked at it. NOT_A_MEMBER: the
 * group's own chain, as far as this node has it, does not list it. QUORUM_UNREACHABLE: too few sealers are connected to
 * decide anything; for an observer, nobody is. SYNCING: others have blocks it lacks. NO_PROGRESS: there is work, and no
 * block comes. STORAGE_WAITING: its store cannot work now, and goes on by itself when it can.
 */
export type NotReadyCode =
  | "HALTED"
  | "NOT_A_MEMBER"
  | "QUORUM_UNREACHABLE"
  | "SYNCING"
  | "NO_PROGRESS"
  | "STORAGE_WAITING";

export interface NotReadyReason {
  readonly code: NotReadyCode;
  /** One sentence for the operator. */
  readonly message: string;
}

/** How much of the past a node keeps: from these blocks on; below, errors name them. */
export interface KeptHistory {
  /** Transactions, receipts and logs; 0 = all. */
  readonly blocks: Height;
  /** States. */
  readonly states: Height;
}

/** One look at a group, for status methods, consoles and health. */
export interface GroupStatus {
  readonly nodeId: NodeId;
  readonly head: HeadRecord;
  /** In force for head + 1. */
  readonly members: Members;
  readonly engine: EngineStatus;
  readonly sync: SyncStatus;
  readonly pool: PoolStatus;
  readonly kept: KeptHistory;
  /** Members connected now, sorted. */
  readonly connected: readonly NodeId[];
  /** Empty when the node can serve the group. */
  readonly notReady: readonly NotReadyReason[];
}

export interface TransactionTotals {
  readonly blockNumber: Height;
  readonly transactions: number;
  readonly failed: number;
}
