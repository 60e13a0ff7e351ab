import type { NodeId } from "@fb/types";
import type {
  FiscoBlock,
  FiscoCall,
  FiscoClientVersion,
  FiscoConsensusStatus,
  FiscoHeader,
  FiscoReceipt,
  FiscoSealerView,
  FiscoSignedHeader,
  FiscoSyncStatus,
  FiscoTransaction,
  FiscoTransactionCount,
} from "../answers/fisco.ts";
import type { Data, Quantity } from "../answers/json.ts";
import type { CallParam, GroupParam, HeightParam } from "./params.ts";

/** The methods of the 2.x line about the group they name first. Blocks that are not there are errors. */
export interface FiscoMethods {
  /** Height of the newest block. */
  getBlockNumber(groupId: GroupParam): Quantity;
  /** A block by its height. */
  getBlockByNumber(groupId: GroupParam, blockNumber: HeightParam, includeTransactions?: boolean): FiscoBlock;
  /** A block by its hash. */
  getBlockByHash(groupId: GroupParam, blockHash: string, includeTransactions?: boolean): FiscoBlock;
  /** A header by its height, with signatures when asked for. */
  getBlockHeaderByNumber(
    groupId: GroupParam,
    blockNumber: HeightParam,
    includeSignatures?: boolean,
  ): FiscoHeader | FiscoSignedHeader;
  /** A header by its hash, with signatures when asked for. */
  getBlockHeaderByHash(
    groupId: GroupParam,
    blockHash: string,
    includeSignatures?: boolean,
  ): FiscoHeader | FiscoSignedHeader;
  /** The hash of the block at a height. */
  getBlockHashByNumber(groupId: GroupParam, blockNumber: HeightParam): Data;
  /** A transaction, committed or waiting in this node's pool; else null. */
  getTransactionByHash(groupId: GroupParam, transactionHash: string): FiscoTransaction | null;
  /** A transaction by its place. */
  getTransactionByBlockHashAndIndex(groupId: GroupParam, blockHash: string, index: string): FiscoTransaction;
  /** A transaction by its place. */
  getTransactionByBlockNumberAndIndex(groupId: GroupParam, blockNumber: HeightParam, index: string): FiscoTransaction;
  /** A receipt; null until the transaction is committed. */
  getTransactionReceipt(groupId: GroupParam, transactionHash: string): FiscoReceipt | null;
  /** How many transactions wait in this node's pool. */
  getPendingTxSize(groupId: GroupParam): Quantity;
  /** Code of a contract; 0x when there is none. */
  getCode(groupId: GroupParam, address: string): Data;
  /** Committed transactions, and how many of them failed. */
  getTotalTransactionCount(groupId: GroupParam): FiscoTransactionCount;
  /** A value of the group's configuration, in force for the next block. */
  getSystemConfigByKey(groupId: GroupParam, key: string): string;
  /** Executes without a transaction; needs `from`. */
  call(groupId: GroupParam, call: CallParam): FiscoCall;
  /** The hash of signed bytes that are in this node's pool now. */
  sendRawTransaction(groupId: GroupParam, transaction: string): Data;
  /** Members that take part in consensus. */
  getSealerList(groupId: GroupParam): readonly NodeId[];
  /** Members that follow without voting. */
  getObserverList(groupId: GroupParam): readonly NodeId[];
  /** All members. */
  getGroupPeers(groupId: GroupParam): readonly NodeId[];
  /** This node and the members it is connected to. */
  getNodeIDList(groupId: GroupParam): readonly NodeId[];
  /** The view of PBFT. */
  getPbftView(groupId: GroupParam): Quantity;
  /** Consensus as this node takes part in it, and what it has heard of each sealer. */
  getConsensusStatus(groupId: GroupParam): readonly [FiscoConsensusStatus, readonly FiscoSealerView[]];
  /** Height, highest known height, and the peers' heights. */
  getSyncStatus(groupId: GroupParam): FiscoSyncStatus;
  /** Version of the software and chain id. */
  getClientVersion(): FiscoClientVersion;
}
