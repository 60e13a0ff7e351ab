export type {
  FiscoBlock,
  FiscoCall,
  FiscoClientVersion,
  FiscoConsensusStatus,
  FiscoNode,
  FiscoReceipt,
  FiscoSyncStatus,
  FiscoTransaction,
  RpcAnswer,
  RpcMethodName,
  RpcParams,
} from "@fb/api";
export type { SdkErrorCode } from "./errors.ts";
export { GroupClient, type TransactionCount } from "./group-client.ts";
export { connectGroup, GroupProvider } from "./group-provider.ts";
export { GroupSigner, type GroupTransactionRequest, type SignedGroupTransaction } from "./group-signer.ts";
export { groupUrl, jsonRpc, type RpcRequest } from "./json-rpc.ts";
export type { ConnectGroupOptions } from "./options.ts";
export { requireGranted } from "./system-refusal.ts";
