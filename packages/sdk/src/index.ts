export type {
  CallAnswer,
  ConsensusStatus,
  FiscoBlock,
  FiscoReceipt,
  FiscoTransaction,
  NodeInfo,
  SyncStatus,
  TransactionCount,
} from "./answers.ts";
export type { SdkErrorCode } from "./errors.ts";
export { GroupClient } from "./group-client.ts";
export { type ConnectGroupOptions, connectGroup, GroupProvider } from "./group-provider.ts";
export { GroupSigner, type GroupTransactionRequest, type SignedGroupTransaction } from "./group-signer.ts";
export { groupUrl, jsonRpc, type RpcRequest } from "./json-rpc.ts";
export { requireGranted } from "./system-refusal.ts";
