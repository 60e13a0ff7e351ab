import type { NodeId, Signature } from "@fb/types";
import type { Vote, VoteKind } from "./messages.ts";

export interface PbftConfig {
  readonly self: NodeId;
  /** Whether `signature` is `node`'s Sign or Commit for `vote`. Pure. */
  readonly verifyVote: (kind: VoteKind, node: NodeId, vote: Vote, signature: Signature) => boolean;
}
