import { FbError } from "@fb/types";

/** Thrown to the caller of the package. */
type CallerErrorCode =
  /** The operator must correct the named option before the node can start. */
  | "OPTIONS_INVALID"
  /**
   * The operator must replace the certificate, CA or key that the message names; a reload that fails with it changes
   * nothing.
   */
  | "CERTIFICATE_INVALID"
  /** The operator must free the port or correct the listen address. */
  | "LISTEN_FAILED"
  /** A bug of the caller, which opened a channel for a group that has one. */
  | "GROUP_OPEN"
  /** A bug of the caller, which subscribed to a module twice. */
  | "HANDLER_TAKEN"
  /** A bug of the caller, which used a network after closing it. */
  | "NETWORK_CLOSED";

/**
 * With what a connection or stream of a peer is ended. It goes to libp2p, which hands it to whoever still waits for the
 * stream, and to nobody outside this package: logs and metrics are written where it is made. Each says what becomes of
 * the peer.
 */
type PeerErrorCode =
  /** Disconnect: one of the two sides refused at admission. */
  | "NOT_ADMITTED"
  /** Disconnect: a connection that came in took more slots, budget, bytes or time than a handshake does (SPEC 3.9). */
  | "HANDSHAKE_DROPPED"
  /** Disconnect: the peer is dead, or broke a limit (SPEC 6.1). */
  | "CONNECTION_CUT"
  /** Ignore: another connection or stream of the same peer took the place of this one. */
  | "REPLACED"
  /** Ignore: the stream was not accepted (SPEC 5.1); its opener asks again. */
  | "STREAM_REFUSED"
  /** Ignore: a link ends with all its streams when one of them does, and is asked for again (SPEC 4.4). */
  | "LINK_ENDED";

export type P2pErrorCode = CallerErrorCode | PeerErrorCode;

export type P2pError = FbError<P2pErrorCode>;

export function p2pError(
  code: P2pErrorCode,
  message: string,
  fields: Record<string, string | number> = {},
  cause?: unknown,
): P2pError {
  return new FbError<P2pErrorCode>(code, message, fields, cause);
}
