import { FbError } from "@fb/types";
import {
  FetchRequest,
  JsonRpcProvider,
  keccak256,
  Network,
  type Subscriber,
  type Subscription,
  type TransactionReceipt,
  type TransactionResponse,
} from "ethers";
import type { SdkErrorCode } from "./errors.ts";
import { GroupClient } from "./group-client.ts";
import { ANSWER_TIMEOUT_MS, groupUrl, jsonRpc } from "./json-rpc.ts";
import type { ConnectGroupOptions } from "./options.ts";
import { ReceiptSubscriber, unknownFate, waitForReceipt } from "./receipt-wait.ts";

/** Codes of a connection that ended after the request may have arrived: of Node and of ethers. */
const BROKEN_OFF: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT", "TIMEOUT"]);

/**
 * An ethers provider of one group. Everything of JsonRpcProvider works; requests made in the same moment travel as one
 * batch, and answers are never cached, because blocks follow each other faster than ethers expects.
 */
export class GroupProvider extends JsonRpcProvider {
  readonly groupId: number;
  /** chain.id, without the group; group transactions carry it. */
  readonly chainId: number;
  /** The methods of the 2.x line. */
  readonly group: GroupClient;

  constructor(options: ConnectGroupOptions, chainId: number) {
    const network = Network.from(chainId * 65536 + options.groupId);
    const request = new FetchRequest(groupUrl(options.url, options.groupId));
    request.timeout = ANSWER_TIMEOUT_MS;
    super(request, network, {
      staticNetwork: network,
      batchStallTime: 2,
      batchMaxCount: 100,
      cacheTimeout: -1,
      pollingInterval: options.pollingIntervalMs ?? 200,
    });
    this.groupId = options.groupId;
    this.chainId = chainId;
    this.group = new GroupClient(options.groupId, jsonRpc(groupUrl(options.url, options.groupId)));
  }

  /**
   * The receipt of a transaction with so many confirmations, looked for at the polling interval, whatever blocks come.
   * Null only for 0 confirmations. Rejects with SDK_RECEIPT_UNKNOWN after `timeoutMs`; absent = waits without end.
   */
  override async waitForTransaction(
    hash: string,
    confirmations: number | null = 1,
    timeoutMs: number | null = null,
  ): Promise<TransactionReceipt | null> {
    if (confirmations === 0) return this.getTransactionReceipt(hash);
    return waitForReceipt(this, hash, {
      confirmations: confirmations ?? 1,
      intervalMs: this.pollingInterval,
      timeoutMs,
    });
  }

  /** Rejects with SDK_RECEIPT_UNKNOWN when the connection ends before the node has answered, else as ethers does. */
  override async broadcastTransaction(signed: string): Promise<TransactionResponse> {
    try {
      return await super.broadcastTransaction(signed);
    } catch (error) {
      if (!BROKEN_OFF.has((error as { readonly code?: unknown }).code)) throw error;
      throw unknownFate(keccak256(signed), "the connection ended before the answer", error);
    }
  }

  /** Receipts that are waited for are polled, instead of being looked for when a block comes. */
  override _getSubscriber(subscription: Subscription): Subscriber {
    return subscription.type === "transaction"
      ? new ReceiptSubscriber(this, subscription.hash, this.pollingInterval)
      : super._getSubscriber(subscription);
  }
}

/**
 * Connects to one group of a node. Rejects with SDK_UNREACHABLE, SDK_BAD_ANSWER, SDK_RPC_ERROR (no such group) or
 * SDK_WRONG_GROUP. The caller ends it with `destroy()`.
 */
export async function connectGroup(options: ConnectGroupOptions): Promise<GroupProvider> {
  const url = groupUrl(options.url, options.groupId);
  const ethChainId = Number(await jsonRpc(url)("eth_chainId", []));
  if (!Number.isSafeInteger(ethChainId) || ethChainId % 65536 !== options.groupId) {
    throw new FbError<SdkErrorCode>("SDK_WRONG_GROUP", `${url} answers for chain id ${ethChainId}`, {
      url,
      ethChainId,
    });
  }
  return new GroupProvider(options, Math.floor(ethChainId / 65536));
}
