/**
 * Why a machine refused a message, and what its sender deserves (SPEC 1.5). `ignore`: a correct peer can cause it, by
 * being early, late, differently configured or on the other side of a race; too many of them are a flood (SPEC 2.8).
 * `penalise`: no correct peer ever sends that; the simulations prove it.
 */
const REJECT_CODES = {
  /** height already decided, or a view or term left behind */
  STALE: "ignore",
  /** too far ahead of us to be kept */
  TOO_FAR: "ignore",
  /** the sender is not a sealer of that height: it may not have the block that changed the list, or be an observer */
  NOT_A_SEALER: "ignore",
  /** the sender is not the leader of that view or term: it may lead by another member list */
  NOT_THE_LEADER: "ignore",
  /** judging or executing the proposal refused it: clocks, pools and rules of nodes may differ for a moment */
  PROPOSAL_REFUSED: "ignore",
  /** conflicts with a lock of ours, and its justification is older or missing */
  LOCKED: "ignore",
  /** the justified block executes to another hash than a quorum signed: as likely our fault, never its sender's */
  JUSTIFY_MISMATCH: "ignore",
  /** a log that is behind ours asks for a vote */
  STALE_LOG: "ignore",
  /** the proposal does not build on our head, or names another height or proposer than it may */
  BAD_PROPOSAL: "penalise",
  /** a certificate inside the message does not verify */
  BAD_CERTIFICATE: "penalise",
  /** a second, different message where one is allowed; recorded as evidence */
  EQUIVOCATION: "penalise",
  /** not something a correct peer sends */
  UNEXPECTED: "penalise",
} as const satisfies Record<string, "ignore" | "penalise">;

export type RejectCode = keyof typeof REJECT_CODES;

export function peerActionOf(code: RejectCode): "ignore" | "penalise" {
  return REJECT_CODES[code];
}
