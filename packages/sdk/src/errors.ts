/**
 * Codes of this package. SDK_UNREACHABLE: nothing answers at the URL, or not in time, the user checks node and port. SDK_BAD_ANSWER:
 * something answers that is not this RPC server, the user checks the URL. SDK_RPC_ERROR: the node refused; `fields`
 * hold `rpcCode`, the node's own `reason` code where it gave one, and `method`. SDK_WRONG_GROUP: the URL serves another
 * group than asked for. SDK_TRANSACTION_FAILED: committed, but its execution failed; `fields` say why.
 * SDK_SYSTEM_REFUSED: committed, but the system contract changed nothing; `fields` hold its `code` and `name`.
 * SDK_RECEIPT_UNKNOWN: no receipt in time, or the connection ended before the answer, so nothing is known of the transaction `fields.hash`: it may still be committed.
 */
export type SdkErrorCode =
  | "SDK_UNREACHABLE"
  | "SDK_BAD_ANSWER"
  | "SDK_RPC_ERROR"
  | "SDK_WRONG_GROUP"
  | "SDK_TRANSACTION_FAILED"
  | "SDK_SYSTEM_REFUSED"
  | "SDK_RECEIPT_UNKNOWN";
