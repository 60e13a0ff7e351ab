import type { Hash, Height, NodeId } from "@fb/types";
import type { SyncHaltCode } from "./errors.ts";

export interface PeerStatus {
  readonly nodeId: NodeId;
  readonly height: Height;
  readonly hash: Hash;
  /** From this block on it serves blocks; 0 = from the first. */
  readonly lowest: Height;
  /** Highest rules version the peer can run. */
  readonly rulesVersion: number;
}

/** Blocks `from` to `lowest - 1` are kept by none of the members that are ahead. */
export interface BlockGap {
  readonly from: Height;
  readonly lowest: Height;
}

export interface SyncStatus {
  readonly state: "idle" | "downloading" | "halted";
  readonly haltedBy: SyncHaltCode | null;
  /** Head when the current download began; the head when idle. */
  readonly startedAt: Height;
  /** Highest height that this node has or enough sealers claim (SPEC 2.2). */
  readonly knownHighest: Height;
  readonly knownHighestHash: Hash;
  /** What it lacks and no connected member keeps, as far as they tell; null when there is no such block. */
  readonly gap: BlockGap | null;
  /** Connected members of the same genesis, sorted. */
  readonly peers: readonly PeerStatus[];
}

/** Keeps one group's node level with its members: transactions out and in, status, missing blocks. */
export interface Sync {
  start(): void;
  /** Stops asking and serving; waits for an import under way. Idempotent. */
  close(): Promise<void>;
  status(): SyncStatus;
  /** While it is on, no block is asked for or served; what has arrived is imported. */
  pause(on: boolean): void;
  /** `peer` knows a certified block at `height` or claims to: download without waiting. Called as often as one likes. */
  behind(height: Height, peer: NodeId): void;
}
