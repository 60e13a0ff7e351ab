import { FbError } from "@fb/types";

/**
 * OPTIONS_INVALID: the operator must correct the named option before the node can start.
 * CERTIFICATE_INVALID: the operator must replace the certificate, CA or key that the message names; a reload that
 * fails with it changes nothing.
 * LISTEN_FAILED: the operator must free the port or correct the listen address.
 * GROUP_OPEN: a bug of the caller, which opened a channel for a group that has one.
 * HANDLER_TAKEN: a bug of the caller, which subscribed to a module twice.
 * NETWORK_CLOSED: a bug of the caller, which used a network after closing it.
 */
export type P2pErrorCode =
  | "OPTIONS_INVALID"
  | "CERTIFICATE_INVALID"
  | "LISTEN_FAILED"
  | "GROUP_OPEN"
  | "HANDLER_TAKEN"
  | "NETWORK_CLOSED";

export type P2pError = FbError<P2pErrorCode>;

export function p2pError(
  code: P2pErrorCode,
  message: string,
  fields: Record<string, string | number> = {},
  cause?: unknown,
): P2pError {
  return new FbError<P2pErrorCode>(code, message, fields, cause);
}
