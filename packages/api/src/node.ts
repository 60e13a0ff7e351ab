import type { ConsensusType, GroupId, Hash, NodeId, StateType } from "@fb/types";
import type { GroupEvent } from "./group-events.ts";
import type { GroupQuery } from "./group-query.ts";

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

/** The groups this node serves. `list` and `get` are kept up to date by the host and cost no hop. */
export interface GroupDirectory {
  /** In ascending order of id. */
  list(): readonly GroupHandle[];
  get(groupId: number): GroupHandle | undefined;
  node(): Promise<NodeInfo>;
  /** Returns the function that ends the subscription. */
  onEvent(listener: (event: GroupEvent) => void): () => void;
}
