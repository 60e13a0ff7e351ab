import type { Data, Quantity } from "./json.ts";

/** Hash and roots are this chain's own, not those of an Ethereum header; fields without meaning here are zero. */
export interface EthHeader {
  readonly number: Quantity;
  readonly hash: Data;
  readonly parentHash: Data;
  /** Eight zero bytes. */
  readonly nonce: Data;
  /** Of no uncles. */
  readonly sha3Uncles: Data;
  readonly logsBloom: Data;
  readonly transactionsRoot: Data;
  readonly stateRoot: Data;
  readonly receiptsRoot: Data;
  /** Root of the consensus tables. */
  readonly tablesRoot: Data;
  /** Of the members in force for the next block. */
  readonly membersHash: Data;
  /** Address of the sealer's key; zero for genesis. */
  readonly miner: Data;
  readonly difficulty: Quantity;
  readonly totalDifficulty: Quantity;
  readonly extraData: Data;
  /** Bytes of the encoded block. */
  readonly size: Quantity;
  readonly gasLimit: Quantity;
  readonly gasUsed: Quantity;
  /** Seconds since the epoch. */
  readonly timestamp: Quantity;
  /** Milliseconds since the epoch. */
  readonly timestampMs: Quantity;
  /** PREVRANDAO: keccak256 of the parent's hash. */
  readonly mixHash: Data;
  readonly baseFeePerGas: Quantity;
}

export interface EthBlock extends EthHeader {
  /** Hashes, or whole transactions when asked for. */
  readonly transactions: readonly (Data | EthTransaction)[];
  readonly uncles: readonly Data[];
}

export interface EthAccessListItem {
  readonly address: Data;
  readonly storageKeys: readonly Data[];
}

/** Places are null while it waits in the pool. */
export interface EthTransaction {
  readonly blockHash: Data | null;
  readonly blockNumber: Quantity | null;
  /** Seconds since the epoch. */
  readonly blockTimestamp: Quantity | null;
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
  /** 0x0 for a group transaction, because clients read no 256 bits here. */
  readonly nonce: Quantity;
  /** chain.id * 65536 + group; absent when the transaction is bound to no chain. */
  readonly chainId?: Quantity;
  readonly r: Quantity;
  readonly s: Quantity;
  /** EIP-155 for type 0, parity for types 1 and 2, 27 or 28 for a group transaction. */
  readonly v: Quantity;
  /** All types but 0. */
  readonly yParity?: Quantity;
  /** Types 1 and 2. */
  readonly accessList?: readonly EthAccessListItem[];
  /** Type 2. */
  readonly maxFeePerGas?: Quantity;
  /** Type 2. */
  readonly maxPriorityFeePerGas?: Quantity;
  /** Group transactions: the 256-bit nonce. */
  readonly groupNonce?: Quantity;
  /** Group transactions. */
  readonly groupId?: Quantity;
  /** Group transactions: chain.id, without the group. */
  readonly groupChainId?: Quantity;
  /** Group transactions: the last block it may be in. */
  readonly blockLimit?: Quantity;
  /** Group transactions: kept, not executed. */
  readonly extraData?: Data;
}

export interface EthLog {
  readonly address: Data;
  readonly topics: readonly Data[];
  readonly data: Data;
  readonly blockHash: Data;
  readonly blockNumber: Quantity;
  /** Seconds since the epoch. */
  readonly blockTimestamp: Quantity;
  readonly transactionHash: Data;
  readonly transactionIndex: Quantity;
  /** Index in the block. */
  readonly logIndex: Quantity;
  /** Never: a committed block is final. */
  readonly removed: false;
}

/** What a subscription is told of, by its name: each block and its logs in order, and what enters this node's pool. */
export interface EthNotifications {
  readonly newHeads: EthHeader;
  readonly logs: EthLog;
  /** Its hash. */
  readonly newPendingTransactions: Data;
}

/** A receipt without its logs. */
export interface EthReceiptHead {
  readonly transactionHash: Data;
  readonly transactionIndex: Quantity;
  readonly blockHash: Data;
  readonly blockNumber: Quantity;
  readonly from: Data;
  readonly to: Data | null;
  readonly contractAddress: Data | null;
  readonly cumulativeGasUsed: Quantity;
  readonly gasUsed: Quantity;
  /** 0x0 unless the group charges gas. */
  readonly effectiveGasPrice: Quantity;
  readonly logsBloom: Data;
  readonly type: Quantity;
  /** 0x1 = success, 0x0 = failed. */
  readonly status: "0x0" | "0x1";
  /** Of a failed transaction that returned something. */
  readonly revertReason?: Data;
}

export interface EthReceipt extends EthReceiptHead {
  readonly logs: readonly EthLog[];
}

/** A node that catches up. */
export interface EthSyncing {
  readonly startingBlock: Quantity;
  readonly currentBlock: Quantity;
  readonly highestBlock: Quantity;
}

/** Gas has no market: base fees and rewards are zero. */
export interface EthFeeHistory {
  readonly oldestBlock: Quantity;
  /** One more than blocks: the fee of the next block is known too. */
  readonly baseFeePerGas: readonly Quantity[];
  /** Parts of 1. */
  readonly gasUsedRatio: readonly number[];
  /** For each block one for each percentile; absent when none is asked for. */
  readonly reward?: readonly (readonly Quantity[])[];
}

/** EIP-1186. */
export interface EthProof {
  readonly address: Data;
  readonly accountProof: readonly Data[];
  readonly balance: Quantity;
  readonly nonce: Quantity;
  readonly codeHash: Data;
  readonly storageHash: Data;
  readonly storageProof: readonly { readonly key: Data; readonly value: Quantity; readonly proof: readonly Data[] }[];
}

/** Transactions of this node's pool. */
export interface TxPoolStatus {
  /** Ready to be sealed. */
  readonly pending: Quantity;
  /** Held back behind a nonce gap. */
  readonly queued: Quantity;
}
