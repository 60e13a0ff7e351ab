import { FbError } from "@fb/types";

/** Numbers in the `error.code` of a JSON-RPC answer. */
export const RPC_CODES = {
  /** The body is not JSON; the client fixes its encoder. */
  parse: -32700,
  /** JSON, but not a JSON-RPC 2.0 request. */
  invalidRequest: -32600,
  methodNotFound: -32601,
  /** The message names the parameter and what is expected. */
  invalidParams: -32602,
  /** A fault of this node; the operator finds the cause in its log. */
  internal: -32603,
  /** Understood and refused; `data.code` says why. */
  refused: -32000,
  /** A limit of the server (EIP-1474); the client narrows its request or retries later. */
  limit: -32005,
  /** The block exists and this node has pruned what is in it (as other Ethereum nodes answer, EIP-4444); `data.lowest` is kept. */
  prunedHistory: 4444,
  /** The call reverted; `data` is the revert data (as other Ethereum nodes answer). */
  reverted: 3,
  /** This node serves no such group, or none the caller may know of. */
  groupNotFound: -40001,
  blockHashNotFound: -40003,
  blockNumberNotFound: -40004,
  transactionIndexNotFound: -40005,
  callFromMissing: -40006,
  noView: -40007,
  configKeyNotFound: -40008,
  /** This node is not a member of the group it still has data of; the client asks another node. */
  nodeNotInGroup: -40009,
} as const;

/**
 * Codes of this package. RPC_ERROR: becomes the error of one JSON-RPC answer, the client reacts. RPC_LISTEN_FAILED: the
 * address could not be bound, the operator picks another or ends the process that holds it. RPC_OPTIONS: an option is
 * out of range, the caller fixes it.
 */
export type RpcErrorCode = "RPC_ERROR" | "RPC_LISTEN_FAILED" | "RPC_OPTIONS";

export interface RpcErrorBody {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** Ends one request; everything in it reaches the client. */
export class RpcError extends FbError<"RPC_ERROR"> {
  readonly body: RpcErrorBody;

  constructor(code: number, message: string, data?: unknown) {
    super("RPC_ERROR", message, { rpcCode: code });
    this.body = data === undefined ? { code, message } : { code, message, data };
  }
}

/** The same answer whether the group does not exist or is not the caller's to see. */
export function groupNotFound(): RpcError {
  return new RpcError(RPC_CODES.groupNotFound, "no such group on this node");
}

/** When a client that was told to retry should do so. */
export const RETRY_AFTER_MS = 1000;

export function busy(): RpcError {
  return new RpcError(RPC_CODES.limit, "server busy, retry later", { code: "BUSY", retryAfterMs: RETRY_AFTER_MS });
}

/** Ends the work for a client that has left; nobody reads it. */
export function gone(): RpcError {
  return new RpcError(RPC_CODES.limit, "the client has left", { code: "GONE" });
}

/** The answer has no room for the result; the client asks for it in pieces or apart from the others. */
export class TooLarge extends RpcError {
  constructor() {
    super(RPC_CODES.limit, "the result is too large for one answer", { code: "RESPONSE_TOO_LARGE" });
  }
}
