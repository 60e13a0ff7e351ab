/** Why block download stopped for good. The operator acts; the group's other parts are told by the ledger. */
export type SyncHaltCode =
  /** A quorum certified a block that does not follow this chain, or that this node executes differently. Compare versions and data. */
  | "DIVERGED"
  /** The import failed, storage as a rule. See the group's log. */
  | "IMPORT_FAILED";

/** What a peer did wrong, and what it deserves; `ignore` = scored by sync alone. */
export const PEER_FAULTS = {
  /** Bytes that are not a message of this protocol. */
  MESSAGE_MALFORMED: "penalise",
  /** A request outside the limits. */
  REQUEST_EXCESSIVE: "penalise",
  /** Told a height and then had no block of it. */
  HEIGHT_NOT_SERVED: "penalise",
  /** An answer to a request that this peer was not sent, or not over this connection. */
  RESPONSE_UNASKED: "penalise",
  /** No answer in time. */
  REQUEST_TIMEOUT: "ignore",
  /** Not the blocks asked for, or more bytes than asked for. */
  RESPONSE_WRONG: "penalise",
  /** Bytes that are not a block, or that do not match its header. */
  BLOCK_MALFORMED: "penalise",
  /** A certificate that this height's sealers did not give. */
  CERTIFICATE_INVALID: "penalise",
  /** A transaction that no honest member passes on. */
  TX_INVALID: "penalise",
  /** Sends on although it has used up what it may cost. */
  BUDGET_EXCEEDED: "penalise",
} as const satisfies Record<string, "ignore" | "penalise">;

export type PeerFaultCode = keyof typeof PEER_FAULTS;
