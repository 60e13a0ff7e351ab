import type { Height, NodeId } from "../ids.ts";

export const CONSENSUS_TYPES = ["pbft", "raft"] as const;
export type ConsensusType = (typeof CONSENSUS_TYPES)[number];

/** What RPC, console and metrics show of an engine. `round` is the PBFT view or the Raft term. */
export interface EngineStatus {
  readonly type: ConsensusType;
  /** `none`: the group's members do not include this node. */
  readonly role: "leader" | "follower" | "candidate" | "observer" | "none" | "halted";
  readonly round: number;
  readonly height: Height;
  readonly leader: NodeId | null;
  readonly sealers: readonly NodeId[];
  /** The round in which each other sealer was last heard; those not heard since the start are left out. */
  readonly heard: readonly { readonly nodeId: NodeId; readonly round: number }[];
  readonly haltedBy: string | null;
}

/** A running engine of one group: the driver around a pure machine. */
export interface ConsensusEngine {
  start(): Promise<void>;
  /** Idempotent; resolves when the journal is flushed and closed. */
  close(): Promise<void>;
  /**
   * Resolves when this node's promises know of the head, nearly: a block that another way than this engine brings is
   * stored only then, because promises that know of too few blocks are not believed at the next start.
   */
  keptUp(): Promise<void>;
  status(): EngineStatus;
}
