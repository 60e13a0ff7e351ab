import type { Height, NodeId } from "../ids.ts";

export type ConsensusType = "pbft" | "raft";

/** What RPC, console and metrics show of an engine. `round` is the PBFT view or the Raft term. */
export interface EngineStatus {
  readonly type: ConsensusType;
  readonly role: "leader" | "follower" | "candidate" | "observer" | "halted";
  readonly round: number;
  readonly height: Height;
  readonly leader: NodeId | null;
  readonly sealers: readonly NodeId[];
  readonly haltedBy: string | null;
}

/** A running engine of one group: the driver around a pure machine. */
export interface ConsensusEngine {
  start(): Promise<void>;
  /** Idempotent; resolves when the journal is flushed and closed. */
  close(): Promise<void>;
  status(): EngineStatus;
}
