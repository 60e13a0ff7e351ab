import type { NodeId, Signature } from "@fb/types";
import type { CommitVote } from "./messages.ts";

export interface RaftConfig {
  readonly self: NodeId;
  /** Any number; different for every node of a group, so that they do not campaign together. */
  readonly seed: number;
  /** Ticks without a leader before a node campaigns: uniform in [min, max]. At least 2. */
  readonly minElectTicks: number;
  readonly maxElectTicks: number;
  /** Ticks that a record, an execution or a commit may take before the node lets others lead (SPEC 4.7). */
  readonly stallTicks: number;
  /** Ticks between two messages of an idle leader; less than `minElectTicks`. */
  readonly heartbeatTicks: number;
  /** Whether `signature` is `node`'s for `vote`. Pure. */
  readonly verifyVote: (node: NodeId, vote: CommitVote, signature: Signature) => boolean;
}
