/** Why block download stopped for good. The operator acts; the group's other parts are told by the ledger. */
export type SyncHaltCode =
  /** A quorum certified a block that does not follow this chain, or that this node executes differently. Compare versions and data. */
  | "DIVERGED"
  /** The import failed, storage as a rule. See the group's log. */
  | "IMPORT_FAILED";

/** What a peer did wrong, with the consequence in {@link PEER_FAULTS}. */
export type PeerFaultCode =
  /** Bytes that are not a message of this protocol. */
  | "MESSAGE_MALFORMED"
  /** A request outside the limits. */
  | "REQUEST_EXCESSIVE"
  /** Told a height and then had no block of it. */
  | "HEIGHT_NOT_SERVED"
  /** An answer to a request that this peer was not sent, or not over this connection. */
  | "RESPONSE_UNASKED"
  /** No answer in time. */
  | "REQUEST_TIMEOUT"
  /** Not the blocks asked for, or more bytes than asked for. */
  | "RESPONSE_WRONG"
  /** Bytes that are not a block, or that do not match its header. */
  | "BLOCK_MALFORMED"
  /** A certificate that this height's sealers did not give. */
  | "CERTIFICATE_INVALID"
  /** A transaction that no honest member passes on. */
  | "TX_INVALID"
  /** Sends on although it has used up what it may cost. */
  | "BUDGET_EXCEEDED";

/** `ignore` = scored by sync alone. */
export const PEER_FAULTS = {
  MESSAGE_MALFORMED: "penalise",
  REQUEST_EXCESSIVE: "penalise",
  HEIGHT_NOT_SERVED: "penalise",
  RESPONSE_UNASKED: "penalise",
  REQUEST_TIMEOUT: "ignore",
  RESPONSE_WRONG: "penalise",
  BLOCK_MALFORMED: "penalise",
  CERTIFICATE_INVALID: "penalise",
  TX_INVALID: "penalise",
  BUDGET_EXCEEDED: "penalise",
} as const satisfies Record<PeerFaultCode, "ignore" | "penalise">;
