import type {
  EthBlock,
  EthFeeHistory,
  EthLog,
  EthNotifications,
  EthProof,
  EthReceipt,
  EthSyncing,
  EthTransaction,
  TxPoolStatus,
} from "../answers/eth.ts";
import type { Data, Quantity } from "../answers/json.ts";
import type { BlockParam, CallParam, LogFilterParam } from "./params.ts";

/** The methods of Ethereum, about the group of the endpoint. What is not there is null. */
export interface EthMethods {
  /** chain.id * 65536 + group. */
  eth_chainId(): Quantity;
  /** Whether this node catches up. */
  eth_syncing(): false | EthSyncing;
  /** None: a node keeps no accounts of clients. */
  eth_accounts(): readonly Data[];
  /** False: blocks are agreed on, not mined. */
  eth_mining(): false;
  /** 0x0. */
  eth_hashrate(): Quantity;
  /** The chain id in decimal. */
  net_version(): string;
  /** True. */
  net_listening(): true;
  /** Members of the group this node is connected to. */
  net_peerCount(): Quantity;
  /** Name and version of the software. */
  web3_clientVersion(): string;
  /** Keccak-256. */
  web3_sha3(data: string): Data;
  /** How many transactions wait in this node's pool. */
  txpool_status(): TxPoolStatus;

  /** Height of the newest block. */
  eth_blockNumber(): Quantity;
  /** A block by its height. */
  eth_getBlockByNumber(block: BlockParam, fullTransactions?: boolean): EthBlock | null;
  /** A block by its hash. */
  eth_getBlockByHash(blockHash: string, fullTransactions?: boolean): EthBlock | null;
  /** How many transactions a block has. */
  eth_getBlockTransactionCountByNumber(block: BlockParam): Quantity | null;
  /** How many transactions a block has. */
  eth_getBlockTransactionCountByHash(blockHash: string): Quantity | null;
  /** 0x0 of every block. */
  eth_getUncleCountByBlockNumber(block: BlockParam): Quantity | null;
  /** 0x0 of every block. */
  eth_getUncleCountByBlockHash(blockHash: string): Quantity | null;
  /** A transaction, committed or waiting in this node's pool. */
  eth_getTransactionByHash(transactionHash: string): EthTransaction | null;
  /** A transaction by its place. */
  eth_getTransactionByBlockNumberAndIndex(block: BlockParam, index: string): EthTransaction | null;
  /** A transaction by its place. */
  eth_getTransactionByBlockHashAndIndex(blockHash: string, index: string): EthTransaction | null;
  /** A receipt; null until the transaction is committed. */
  eth_getTransactionReceipt(transactionHash: string): EthReceipt | null;
  /** All receipts of a block in order. */
  eth_getBlockReceipts(block: BlockParam): readonly EthReceipt[] | null;

  /** Balance of an account. */
  eth_getBalance(address: string, block?: BlockParam): Quantity;
  /** Nonce of an account; with "pending" it counts what waits in the pool. */
  eth_getTransactionCount(address: string, block?: BlockParam): Quantity;
  /** Code of a contract; 0x when there is none. */
  eth_getCode(address: string, block?: BlockParam): Data;
  /** A slot of a contract, 32 bytes. */
  eth_getStorageAt(address: string, slot: string, block?: BlockParam): Data;
  /** Proof of an account and its slots; groups with state type mpt only. */
  eth_getProof(address: string, storageKeys: readonly string[], block?: BlockParam): EthProof;
  /** What a call returns, without a transaction. */
  eth_call(call: CallParam, block?: BlockParam, stateOverrides?: Readonly<Record<string, never>>): Data;
  /** Gas that lets a transaction succeed after a block. */
  eth_estimateGas(call: CallParam, block?: BlockParam, stateOverrides?: Readonly<Record<string, never>>): Quantity;

  /** 0x0: gas has no market. */
  eth_gasPrice(): Quantity;
  /** 0x0. */
  eth_maxPriorityFeePerGas(): Quantity;
  /** 0x1, what BLOBBASEFEE tells contracts. */
  eth_blobBaseFee(): Quantity;
  /** Use of gas by the newest blocks up to one. */
  eth_feeHistory(
    blockCount: string | number,
    newestBlock: BlockParam,
    rewardPercentiles?: readonly number[],
  ): EthFeeHistory;

  /** All logs a filter matches. */
  eth_getLogs(filter: LogFilterParam): readonly EthLog[];
  /** Remembers a filter for logs; its id. */
  eth_newFilter(filter: LogFilterParam): Quantity;
  /** Remembers a filter for blocks; its id. */
  eth_newBlockFilter(): Quantity;
  /** Remembers a filter for transactions that enter this node's pool; its id. */
  eth_newPendingTransactionFilter(): Quantity;
  /** What is new since the last poll: logs, or hashes of blocks or transactions. */
  eth_getFilterChanges(filterId: string): readonly EthLog[] | readonly Data[];
  /** All logs a remembered filter matches. */
  eth_getFilterLogs(filterId: string): readonly EthLog[];
  /** Forgets a filter; whether there was one. */
  eth_uninstallFilter(filterId: string): boolean;
  /** Notifies of newHeads, logs or newPendingTransactions over a WebSocket; the id of the subscription. */
  eth_subscribe(subscription: keyof EthNotifications, filter?: LogFilterParam): Quantity;
  /** Ends a subscription; whether there was one. */
  eth_unsubscribe(subscriptionId: string): boolean;

  /** The hash of signed bytes that are in this node's pool now. */
  eth_sendRawTransaction(transaction: string): Data;
}
