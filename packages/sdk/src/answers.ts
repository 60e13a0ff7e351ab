import type { SystemRefusal } from "@fb/types";

/** Shapes that the methods under the names of the 2.x line answer with. Hex texts carry 0x, node ids do not. */

export interface NodeInfo {
  readonly Agency: string;
  /** host:port. */
  readonly IPAndPort: string;
  readonly Node: string;
  /** 128 hex digits. */
  readonly NodeID: string;
}

export interface ConsensusStatus {
  readonly consensusType: "pbft" | "raft";
  readonly groupId: number;
  readonly nodeId: string;
  /** Position in the sealer list; -1 for an observer. */
  readonly node_index: number;
  readonly nodeNum: number;
  readonly max_faulty_leader: number;
  readonly highestblockNumber: number;
  readonly highestblockHash: string;
  /** `none`: the group's chain does not list this node. */
  readonly role: "leader" | "follower" | "candidate" | "observer" | "halted" | "none";
  readonly leaderId: string | null;
  readonly leaderIdx: number;
  readonly haltedBy: string | null;
  /** Why this node cannot serve the group now; empty when it can. */
  readonly notReady: readonly { readonly code: string; readonly message: string }[];
  /** PBFT only. */
  readonly currentView?: number;
  /** Raft only. */
  readonly currentTerm?: number;
}

export interface SyncStatus {
  readonly isSyncing: boolean;
  readonly genesisHash: string;
  readonly nodeId: string;
  readonly blockNumber: number;
  readonly latestHash: string;
  readonly knownHighestNumber: number;
  readonly knownLatestHash: string;
  /** Decimal. */
  readonly txPoolSize: string;
  readonly peers: readonly {
    readonly nodeId: string;
    readonly genesisHash: string;
    readonly blockNumber: number;
    readonly latestHash: string;
  }[];
}

export interface TransactionCount {
  readonly blockNumber: number;
  readonly transactions: number;
  readonly failed: number;
}

export interface FiscoTransaction {
  readonly blockHash: string | null;
  readonly blockNumber: string | null;
  readonly transactionIndex: string | null;
  readonly hash: string;
  readonly type: string;
  readonly from: string;
  readonly to: string | null;
  readonly value: string;
  readonly gas: string;
  readonly gasPrice: string;
  readonly input: string;
  readonly nonce: string;
  /** Null for a transaction that is bound to no chain. */
  readonly chainId: string | null;
  /** Group transactions only. */
  readonly groupId: string | null;
  readonly blockLimit: string | null;
  readonly extraData: string | null;
}

export interface FiscoReceipt {
  readonly blockHash: string;
  readonly blockNumber: string;
  readonly transactionIndex: string;
  readonly transactionHash: string;
  readonly from: string;
  readonly to: string | null;
  /** Zero unless a contract was created. */
  readonly contractAddress: string;
  readonly gasUsed: string;
  readonly input: string;
  readonly output: string;
  /** Numeric receipt status, 0x0 = success. */
  readonly status: string;
  /** Its name. */
  readonly statusMsg: string;
  /** There when the transaction succeeded, but the system contract that it called refused: nothing was changed. */
  readonly systemRefusal?: SystemRefusal;
  readonly logs: readonly { readonly address: string; readonly topics: readonly string[]; readonly data: string }[];
}

export interface FiscoBlock {
  readonly number: string;
  readonly hash: string;
  readonly parentHash: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: string;
  /** Index of the proposer in `sealerList`. */
  readonly sealer: string;
  readonly sealerList: readonly string[];
  readonly signatureList: readonly { readonly index: string; readonly signature: string }[];
  readonly gasLimit: string;
  readonly gasUsed: string;
  readonly stateRoot: string;
  readonly dbHash: string;
  readonly transactionsRoot: string;
  readonly receiptsRoot: string;
  readonly membersHash: string;
  /** Hashes, or whole transactions when asked for. */
  readonly transactions: readonly (string | FiscoTransaction)[];
}

export interface CallAnswer {
  readonly currentBlockNumber: string;
  readonly output: string;
  readonly status: string;
  /** There when the call succeeded, but the system contract that it called would refuse. */
  readonly systemRefusal?: SystemRefusal;
}
