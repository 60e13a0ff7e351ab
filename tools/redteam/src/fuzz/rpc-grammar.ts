import type { RpcMethodName } from "@fb/api";
import type { Choice } from "@fb/runtime/testing";

type Kind =
  | "address"
  | "block"
  | "hash"
  | "flag"
  | "index"
  | "data"
  | "slot"
  | "slots"
  | "call"
  | "filter"
  | "filterId"
  | "kind"
  | "count"
  | "percentiles"
  | "group"
  | "height"
  | "text"
  | "overrides";

/** What a method takes. */
const METHODS: Readonly<Record<RpcMethodName, readonly Kind[]>> = {
  eth_blockNumber: [],
  eth_getBlockByNumber: ["block", "flag"],
  eth_getBlockByHash: ["hash", "flag"],
  eth_getBlockTransactionCountByNumber: ["block"],
  eth_getBlockTransactionCountByHash: ["hash"],
  eth_getUncleCountByBlockNumber: ["block"],
  eth_getUncleCountByBlockHash: ["hash"],
  eth_getTransactionByHash: ["hash"],
  eth_getTransactionByBlockNumberAndIndex: ["block", "index"],
  eth_getTransactionByBlockHashAndIndex: ["hash", "index"],
  eth_getTransactionReceipt: ["hash"],
  eth_getBlockReceipts: ["block"],
  eth_gasPrice: [],
  eth_maxPriorityFeePerGas: [],
  eth_blobBaseFee: [],
  eth_feeHistory: ["count", "block", "percentiles"],
  eth_getLogs: ["filter"],
  eth_newFilter: ["filter"],
  eth_newBlockFilter: [],
  eth_newPendingTransactionFilter: [],
  eth_getFilterChanges: ["filterId"],
  eth_getFilterLogs: ["filterId"],
  eth_uninstallFilter: ["filterId"],
  eth_subscribe: ["kind", "filter"],
  eth_unsubscribe: ["filterId"],
  eth_chainId: [],
  eth_syncing: [],
  eth_accounts: [],
  eth_mining: [],
  eth_hashrate: [],
  net_version: [],
  net_listening: [],
  net_peerCount: [],
  web3_clientVersion: [],
  web3_sha3: ["data"],
  txpool_status: [],
  eth_getBalance: ["address", "block"],
  eth_getTransactionCount: ["address", "block"],
  eth_getCode: ["address", "block"],
  eth_getStorageAt: ["address", "slot", "block"],
  eth_getProof: ["address", "slots", "block"],
  eth_call: ["call", "block", "overrides"],
  eth_estimateGas: ["call", "block", "overrides"],
  eth_sendRawTransaction: ["data"],
  getPeers: ["group"],
  getGroupList: [],
  getNodeInfo: [],
  getSealerList: ["group"],
  getObserverList: ["group"],
  getGroupPeers: ["group"],
  getNodeIDList: ["group"],
  getPbftView: ["group"],
  getConsensusStatus: ["group"],
  getSyncStatus: ["group"],
  getClientVersion: [],
  getBlockNumber: ["group"],
  getBlockByNumber: ["group", "height", "flag"],
  getBlockByHash: ["group", "hash", "flag"],
  getBlockHeaderByNumber: ["group", "height", "flag"],
  getBlockHeaderByHash: ["group", "hash", "flag"],
  getBlockHashByNumber: ["group", "height"],
  getTransactionByHash: ["group", "hash"],
  getTransactionByBlockHashAndIndex: ["group", "hash", "index"],
  getTransactionByBlockNumberAndIndex: ["group", "height", "index"],
  getTransactionReceipt: ["group", "hash"],
  getPendingTxSize: ["group"],
  getCode: ["group", "address"],
  getTotalTransactionCount: ["group"],
  getSystemConfigByKey: ["group", "text"],
  call: ["group", "call"],
  sendRawTransaction: ["group", "data"],
  fb_getLogs: ["filter", "text"],
  fb_getReceipt: ["hash"],
  fb_groups: [],
  fb_backup: ["group", "text"],
  fb_backupStatus: ["group"],
  fb_stopBackup: ["group"],
};
const NAMES = Object.keys(METHODS) as RpcMethodName[];

/** What is true of the chain under test, so that some requests reach what exists. */
export interface Known {
  readonly addresses: readonly string[];
  readonly hashes: readonly string[];
  readonly raws: readonly string[];
  readonly groups: readonly number[];
}

const hex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString("hex")}`;

/** A value of a kind as an honest client would send it. */
function soundValue(kind: Kind, choice: Choice, known: Known): unknown {
  const { of, below, once, bytes } = choice;
  const some = <T>(items: readonly T[], otherwise: () => T) =>
    items.length === 0 || once(4) ? otherwise() : of(items);
  const hash = () => some(known.hashes, () => hex(bytes(32)));
  const address = () => some(known.addresses, () => hex(bytes(20)));
  switch (kind) {
    case "address":
      return address();
    case "hash":
      return hash();
    case "block":
      return of<unknown>([
        "latest",
        "earliest",
        "pending",
        "0x1",
        "0x0",
        `0x${below(400).toString(16)}`,
        hash(),
        { blockHash: hash() },
        { blockNumber: "0x2" },
      ]);
    case "flag":
      return once(2);
    case "index":
      return `0x${below(4).toString(16)}`;
    case "height":
      return of<unknown>(["0x1", 1, "1", below(400)]);
    case "data":
      return some(known.raws, () => hex(bytes(below(200))));
    case "slot":
      return of([hex(bytes(32)), "0x0", "0x1"]);
    case "slots":
      return Array.from({ length: below(4) }, () => hex(bytes(32)));
    case "call":
      return {
        ...(once(2) ? { from: address() } : {}),
        ...(once(3) ? {} : { to: address() }),
        ...(once(2) ? { data: hex(bytes(below(64))) } : {}),
        ...(once(3) ? { value: "0x1" } : {}),
        ...(once(3) ? { gas: of(["0x5208", "0x11e1a300", "0x1"]) } : {}),
        ...(once(5) ? { accessList: [{ address: address(), storageKeys: [hex(bytes(32))] }] } : {}),
      };
    case "overrides":
      return null;
    case "filter":
      return {
        ...(once(2) ? { fromBlock: of(["0x0", "earliest", "latest"]) } : {}),
        ...(once(2) ? { toBlock: of(["0xff", "latest", "pending"]) } : {}),
        ...(once(3) ? { address: once(2) ? address() : [address(), address()] } : {}),
        ...(once(3) ? { topics: [null, [hash(), hash()], hash()].slice(0, below(4)) } : {}),
        ...(once(6) ? { blockHash: hash() } : {}),
      };
    case "filterId":
      return hex(bytes(16));
    case "kind":
      return of(["newHeads", "logs", "newPendingTransactions", "syncing"]);
    case "count":
      return of<unknown>(["0x1", "0x10", 4, "4"]);
    case "percentiles":
      return [25, 50, 75].slice(0, below(4));
    case "group":
      return some<unknown>(known.groups, () => of<unknown>([0, 2, "1", "2", 777, 32767]));
    default:
      return of(["tx_count_limit", "tx_gas_limit", "x"]);
  }
}

/** A request that makes sense. */
export function soundRequest(choice: Choice, known: Known): Record<string, unknown> {
  const method = choice.of(NAMES);
  const params = METHODS[method].map((kind) => soundValue(kind, choice, known));
  return { jsonrpc: "2.0", id: choice.below(1_000_000), method, params };
}
