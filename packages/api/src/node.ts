import type { ConsensusType, GroupId, Hash, NodeId, StateType } from "@fb/types";
import type { BackupAnswer, BackupRequest } from "./backups.ts";
import type { GroupEvent } from "./group-events.ts";
import type { GroupQuery } from "./group-query.ts";
import type { NotReadyCode } from "./group-status.ts";

/** Facts of a group that never change while it runs. */
export interface GroupInfo {
  readonly groupId: GroupId;
  /** chain.id, as group transactions carry it. */
  readonly chainId: number;
  readonly genesisHash: Hash;
  readonly consensus: ConsensusType;
  readonly state: StateType;
  /** Whether gas costs balance; when not, effective gas prices are zero. */
  readonly chargeGas: boolean;
}

export interface GroupHandle {
  readonly info: GroupInfo;
  readonly query: GroupQuery;
}

export interface NodePeer {
  readonly nodeId: NodeId;
  /** Remote address as host:port. */
  readonly address: string;
  readonly agency: string;
}

export interface NodeInfo {
  readonly nodeId: NodeId;
  readonly name: string;
  readonly agency: string;
  /** Address others reach this node at, host:port. */
  readonly p2pAddress: string;
  readonly chainId: number;
  /** Connected and admitted peers, whatever their groups. */
  readonly peers: readonly NodePeer[];
}

/** Where a configured group is in its life. A group that halted is marked, and the others go on. */
export type GroupState = "starting" | "running" | "halted" | "stopped";

/**
 * Why a group cannot be served, as its node sees it. UNRESPONSIVE: the group does not answer in time. NOT_SERVED: a
 * listener does not answer clients about it yet.
 */
export interface ReadinessReason {
  readonly code: NotReadyCode | "UNRESPONSIVE" | "NOT_SERVED";
  /** One sentence for the operator. */
  readonly message: string;
}

export interface GroupReadiness {
  readonly group: GroupId;
  readonly state: GroupState;
  /** Why it halted. */
  readonly reason: string | null;
  readonly ready: boolean;
  /** What keeps a running group from being served; empty when ready. */
  readonly notReady: readonly ReadinessReason[];
}

/** Memory of the whole process. */
export interface MemoryStatus {
  /** 0 = enough; 1 = clients, 2 = transactions, 3 = catch-up given up. */
  readonly level: 0 | 1 | 2 | 3;
  readonly usedMb: number;
  readonly limitMb: number;
}

/** Of every configured group, and of the memory. */
export interface NodeReadiness {
  readonly groups: readonly GroupReadiness[];
  readonly memory: MemoryStatus;
}

/** What a server asks of the node as a whole. May cross a thread, as {@link GroupQuery}. */
export interface NodeQuery {
  info(): Promise<NodeInfo>;
  readiness(): Promise<NodeReadiness>;
  /** For the operator only: a backup takes room on the node's disk. */
  backup(group: GroupId, request: BackupRequest): Promise<BackupAnswer>;
}

/** The groups this node serves. `list` and `get` are kept up to date by the host and cost no hop. */
export interface GroupDirectory {
  /** In ascending order of id. */
  list(): readonly GroupHandle[];
  get(groupId: number): GroupHandle | undefined;
  /** Returns the function that ends the subscription. */
  onEvent(listener: (event: GroupEvent) => void): () => void;
}
