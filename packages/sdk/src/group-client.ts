import type {
  CallAnswer,
  ConsensusStatus,
  FiscoBlock,
  FiscoReceipt,
  FiscoTransaction,
  NodeInfo,
  SyncStatus,
  TransactionCount,
} from "./answers.ts";
import type { RpcRequest } from "./json-rpc.ts";

/** Status and chain data of one group under the method names of the 2.x line. Every call may reject as RpcRequest does. */
export class GroupClient {
  readonly groupId: number;
  readonly #request: RpcRequest;

  constructor(groupId: number, request: RpcRequest) {
    this.groupId = groupId;
    this.#request = request;
  }

  async getBlockNumber(): Promise<number> {
    return Number(await this.#ask<string>("getBlockNumber"));
  }

  /** By height or hash; rejects when there is no such block. */
  getBlock(block: number | string, withTransactions = false): Promise<FiscoBlock> {
    const method = typeof block === "number" ? "getBlockByNumber" : "getBlockByHash";
    return this.#ask(method, block, withTransactions);
  }

  /** Null when neither committed nor waiting at this node. */
  getTransaction(hash: string): Promise<FiscoTransaction | null> {
    return this.#ask("getTransactionByHash", hash);
  }

  /** Null until committed. */
  getTransactionReceipt(hash: string): Promise<FiscoReceipt | null> {
    return this.#ask("getTransactionReceipt", hash);
  }

  getSealerList(): Promise<readonly string[]> {
    return this.#ask("getSealerList");
  }

  getObserverList(): Promise<readonly string[]> {
    return this.#ask("getObserverList");
  }

  getGroupPeers(): Promise<readonly string[]> {
    return this.#ask("getGroupPeers");
  }

  getNodeIDList(): Promise<readonly string[]> {
    return this.#ask("getNodeIDList");
  }

  async getConsensusStatus(): Promise<ConsensusStatus> {
    const [own] = await this.#ask<readonly [ConsensusStatus, unknown]>("getConsensusStatus");
    return own;
  }

  getSyncStatus(): Promise<SyncStatus> {
    return this.#ask("getSyncStatus");
  }

  /** Of the node, whatever their groups; only its operator listener answers. */
  getPeers(): Promise<readonly NodeInfo[]> {
    return this.#ask("getPeers");
  }

  async getTotalTransactionCount(): Promise<TransactionCount> {
    const { blockNumber, txSum, failedTxSum } = await this.#ask<Record<string, string>>("getTotalTransactionCount");
    return { blockNumber: Number(blockNumber), transactions: Number(txSum), failed: Number(failedTxSum) };
  }

  getSystemConfigByKey(key: string): Promise<string> {
    return this.#ask("getSystemConfigByKey", key);
  }

  async getPendingTxSize(): Promise<number> {
    return Number(await this.#ask<string>("getPendingTxSize"));
  }

  getCode(address: string): Promise<string> {
    return this.#ask("getCode", address);
  }

  /** Executes without a transaction; a revert is an answer with a status. */
  call(request: { from: string; to: string; data: string; value?: string }): Promise<CallAnswer> {
    return this.#ask("call", request);
  }

  /** The hash of signed bytes now in this node's pool. */
  sendRawTransaction(raw: string): Promise<string> {
    return this.#ask("sendRawTransaction", raw);
  }

  /** Only the node's operator listener answers. */
  async getGroupList(): Promise<readonly number[]> {
    return (await this.#request("getGroupList", [])) as number[];
  }

  /** Only the node's operator listener answers. */
  async getNodeInfo(): Promise<NodeInfo> {
    return (await this.#request("getNodeInfo", [])) as NodeInfo;
  }

  async getClientVersion(): Promise<Readonly<Record<string, string>>> {
    return (await this.#request("getClientVersion", [])) as Record<string, string>;
  }

  async #ask<T>(method: string, ...params: unknown[]): Promise<T> {
    return (await this.#request(method, [this.groupId, ...params])) as T;
  }
}
