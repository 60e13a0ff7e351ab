import type {
  CallParam,
  FiscoBlock,
  FiscoCall,
  FiscoClientVersion,
  FiscoConsensusStatus,
  FiscoNode,
  FiscoReceipt,
  FiscoSyncStatus,
  FiscoTransaction,
} from "@fb/api";
import type { RpcRequest } from "./json-rpc.ts";

export interface TransactionCount {
  readonly blockNumber: number;
  readonly transactions: number;
  readonly failed: number;
}

/** Status and chain data of one group under the method names of the 2.x line. Every call may reject as RpcRequest does. */
export class GroupClient {
  readonly groupId: number;
  readonly #request: RpcRequest;

  constructor(groupId: number, request: RpcRequest) {
    this.groupId = groupId;
    this.#request = request;
  }

  async getBlockNumber(): Promise<number> {
    return Number(await this.#request("getBlockNumber", [this.groupId]));
  }

  /** By height or hash; rejects when there is no such block. */
  getBlock(block: number | string, withTransactions = false): Promise<FiscoBlock> {
    return typeof block === "number"
      ? this.#request("getBlockByNumber", [this.groupId, block, withTransactions])
      : this.#request("getBlockByHash", [this.groupId, block, withTransactions]);
  }

  /** Null when neither committed nor waiting at this node. */
  getTransaction(hash: string): Promise<FiscoTransaction | null> {
    return this.#request("getTransactionByHash", [this.groupId, hash]);
  }

  /** Null until committed. */
  getTransactionReceipt(hash: string): Promise<FiscoReceipt | null> {
    return this.#request("getTransactionReceipt", [this.groupId, hash]);
  }

  getSealerList(): Promise<readonly string[]> {
    return this.#request("getSealerList", [this.groupId]);
  }

  getObserverList(): Promise<readonly string[]> {
    return this.#request("getObserverList", [this.groupId]);
  }

  getGroupPeers(): Promise<readonly string[]> {
    return this.#request("getGroupPeers", [this.groupId]);
  }

  getNodeIDList(): Promise<readonly string[]> {
    return this.#request("getNodeIDList", [this.groupId]);
  }

  async getConsensusStatus(): Promise<FiscoConsensusStatus> {
    const [own] = await this.#request("getConsensusStatus", [this.groupId]);
    return own;
  }

  getSyncStatus(): Promise<FiscoSyncStatus> {
    return this.#request("getSyncStatus", [this.groupId]);
  }

  /** Of the node, whatever their groups; only its operator listener answers. */
  getPeers(): Promise<readonly FiscoNode[]> {
    return this.#request("getPeers", [this.groupId]);
  }

  async getTotalTransactionCount(): Promise<TransactionCount> {
    const { blockNumber, txSum, failedTxSum } = await this.#request("getTotalTransactionCount", [this.groupId]);
    return { blockNumber: Number(blockNumber), transactions: Number(txSum), failed: Number(failedTxSum) };
  }

  getSystemConfigByKey(key: string): Promise<string> {
    return this.#request("getSystemConfigByKey", [this.groupId, key]);
  }

  async getPendingTxSize(): Promise<number> {
    return Number(await this.#request("getPendingTxSize", [this.groupId]));
  }

  getCode(address: string): Promise<string> {
    return this.#request("getCode", [this.groupId, address]);
  }

  /** Executes without a transaction; a revert is an answer with a status. */
  call(request: CallParam & { readonly from: string }): Promise<FiscoCall> {
    return this.#request("call", [this.groupId, request]);
  }

  /** The hash of signed bytes now in this node's pool. */
  sendRawTransaction(raw: string): Promise<string> {
    return this.#request("sendRawTransaction", [this.groupId, raw]);
  }

  /** Only the node's operator listener answers. */
  getGroupList(): Promise<readonly number[]> {
    return this.#request("getGroupList", []);
  }

  /** Only the node's operator listener answers. */
  getNodeInfo(): Promise<FiscoNode> {
    return this.#request("getNodeInfo", []);
  }

  getClientVersion(): Promise<FiscoClientVersion> {
    return this.#request("getClientVersion", []);
  }
}
