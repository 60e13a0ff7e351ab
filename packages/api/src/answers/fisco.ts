import type { ConsensusType, EngineStatus, NodeId, SystemRefusal } from "@fb/types";
import type { NotReadyReason } from "../group-status.ts";
import type { Data, Quantity } from "./json.ts";

/** A header under the names of the 2.x line. */
export interface FiscoHeader {
  readonly number: Quantity;
  readonly hash: Data;
  readonly parentHash: Data;
  /** Milliseconds since the epoch. */
  readonly timestamp: Quantity;
  /** Index of the proposer in `sealerList`. */
  readonly sealer: Quantity;
  readonly sealerList: readonly NodeId[];
  readonly gasLimit: Quantity;
  readonly gasUsed: Quantity;
  readonly logsBloom: Data;
  readonly stateRoot: Data;
  /** Root of the consensus tables. */
  readonly dbHash: Data;
  readonly transactionsRoot: Data;
  readonly receiptsRoot: Data;
  /** Of the members in force for the next block. */
  readonly membersHash: Data;
  readonly extraData: readonly Data[];
}

/** A header with the votes that made it final. */
export interface FiscoSignedHeader extends FiscoHeader {
  /** View or term of the votes; null for genesis. */
  readonly round: Quantity | null;
  readonly signatureList: readonly { readonly index: Quantity; readonly signature: Data }[];
}

export interface FiscoBlock extends FiscoSignedHeader {
  /** Hashes, or whole transactions when asked for. */
  readonly transactions: readonly (Data | FiscoTransaction)[];
}

/** Places are null while it waits in the pool. */
export interface FiscoTransaction {
  readonly blockHash: Data | null;
  readonly blockNumber: Quantity | null;
  readonly transactionIndex: Quantity | null;
  readonly hash: Data;
  /** 0x0 to 0x2, 0x7e for a group transaction. */
  readonly type: Quantity;
  readonly from: Data;
  /** Null = creates a contract. */
  readonly to: Data | null;
  readonly value: Quantity;
  readonly gas: Quantity;
  readonly gasPrice: Quantity;
  readonly input: Data;
  readonly nonce: Quantity;
  /** As the transaction carries it; null when it is bound to no chain. */
  readonly chainId: Quantity | null;
  /** This and the next two: group transactions only. */
  readonly groupId: Quantity | null;
  readonly blockLimit: Quantity | null;
  readonly extraData: Data | null;
  readonly signature: {
    readonly r: Data;
    readonly s: Data;
    /** Parity. */
    readonly v: Quantity;
    /** All of it, 65 bytes. */
    readonly signature: Data;
  };
}

export interface FiscoLog {
  readonly address: Data;
  readonly topics: readonly Data[];
  readonly data: Data;
}

export interface FiscoReceipt {
  readonly blockHash: Data;
  readonly blockNumber: Quantity;
  readonly transactionIndex: Quantity;
  readonly transactionHash: Data;
  readonly from: Data;
  readonly to: Data | null;
  /** Zero unless a contract was created. */
  readonly contractAddress: Data;
  readonly gasUsed: Quantity;
  readonly input: Data;
  readonly output: Data;
  /** Numeric receipt status, 0x0 = success. */
  readonly status: Quantity;
  /** Its name. */
  readonly statusMsg: string;
  /** There when the transaction succeeded, but the system contract that it called refused: nothing was changed. */
  readonly systemRefusal?: SystemRefusal;
  readonly logsBloom: Data;
  readonly logs: readonly FiscoLog[];
}

/** What a call did; a revert is an answer with a status. */
export interface FiscoCall {
  readonly currentBlockNumber: Quantity;
  readonly output: Data;
  /** Numeric receipt status, 0x0 = success. */
  readonly status: Quantity;
  /** There when the call succeeded, but the system contract that it called would refuse. */
  readonly systemRefusal?: SystemRefusal;
}

export interface FiscoTransactionCount {
  /** Of the newest block that is counted. */
  readonly blockNumber: Quantity;
  readonly txSum: Quantity;
  readonly failedTxSum: Quantity;
}

/** Consensus as this node takes part in it, and its sealers as `sealer.0`, `sealer.1`, ... */
export interface FiscoConsensusStatus {
  readonly consensusType: ConsensusType;
  readonly groupId: number;
  readonly nodeId: NodeId;
  /** Position in the sealer list; -1 for an observer. */
  readonly node_index: number;
  /** Sealers. */
  readonly nodeNum: number;
  /** How many sealers may fail. */
  readonly max_faulty_leader: number;
  readonly highestblockNumber: number;
  readonly highestblockHash: Data;
  /** `none`: the group's chain does not list this node. */
  readonly role: EngineStatus["role"];
  readonly leaderId: NodeId | null;
  /** Position of the leader in the sealer list; -1 when there is none. */
  readonly leaderIdx: number;
  readonly haltedBy: string | null;
  /** Members connected now. */
  readonly connectedNodes: number;
  readonly ready: boolean;
  /** Why this node cannot serve the group now; empty when it can. */
  readonly notReady: readonly NotReadyReason[];
  /** PBFT only. */
  readonly currentView?: number;
  /** Raft only. */
  readonly currentTerm?: number;
  readonly [sealer: `sealer.${number}`]: NodeId;
}

/** What this node has heard of a sealer. */
export interface FiscoSealerView {
  readonly nodeId: NodeId;
  /** View or term; null when the sealer has not been heard since this node started. */
  readonly view: number | null;
  readonly connected: boolean;
  readonly blockNumber: number | null;
}

export interface FiscoSyncStatus {
  readonly isSyncing: boolean;
  readonly genesisHash: Data;
  readonly nodeId: NodeId;
  readonly blockNumber: number;
  readonly latestHash: Data;
  readonly knownHighestNumber: number;
  readonly knownLatestHash: Data;
  /** From this block on this node keeps transactions, receipts and logs; 0 = all. */
  readonly lowestBlock: number;
  /** From this block on it keeps states. */
  readonly lowestState: number;
  /** Transactions that wait in this node's pool; decimal. */
  readonly txPoolSize: string;
  readonly peers: readonly {
    readonly nodeId: NodeId;
    readonly genesisHash: Data;
    readonly blockNumber: number;
    readonly latestHash: Data;
    readonly lowestBlock: number;
  }[];
}

export interface FiscoClientVersion {
  readonly "Client Version": string;
  /** chain.id, decimal. */
  readonly "Chain Id": string;
  /** Of the line whose method names are answered. */
  readonly "Supported Version": string;
}

/** This node, or one that it is connected to. */
export interface FiscoNode {
  readonly Agency: string;
  /** host:port. */
  readonly IPAndPort: string;
  /** Name; of a peer the first digits of its id. */
  readonly Node: string;
  readonly NodeID: NodeId;
  /** Always empty: there is no messaging between nodes' clients. */
  readonly Topic: readonly string[];
}
