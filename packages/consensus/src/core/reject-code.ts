/**
 * Why a machine refused a message. The driver maps a code to what the peer deserves (`peerActionOf`); a correct peer
 * can cause the codes marked "late" by being early, late or on the other side of a race.
 */
export type RejectCode =
  /** late: height already decided, or a view or term left behind */
  | "STALE"
  /** late: too far ahead of us to be kept */
  | "TOO_FAR"
  /** the sender is not a sealer of that height */
  | "NOT_A_SEALER"
  /** the sender is not the leader of that view */
  | "NOT_THE_LEADER"
  /** the proposal does not build on our head, or names another height or proposer than it may */
  | "BAD_PROPOSAL"
  /** judging or executing the proposal refused it */
  | "PROPOSAL_REFUSED"
  /** late: conflicts with a lock of ours, and its justification is older or missing */
  | "LOCKED"
  /** a certificate inside the message does not verify */
  | "BAD_CERTIFICATE"
  /** the justified block executes to another hash than its certificate names */
  | "JUSTIFY_MISMATCH"
  /** a second, different message where one is allowed; recorded as evidence */
  | "EQUIVOCATION"
  /** late: a log that is behind ours asks for a vote */
  | "STALE_LOG"
  /** not something a correct peer sends */
  | "UNEXPECTED";

const INNOCENT: ReadonlySet<RejectCode> = new Set<RejectCode>(["STALE", "TOO_FAR", "LOCKED", "STALE_LOG"]);

/** Codes a correct peer may cause are ignored; the rest lower its score. Never a reason to cut a sealer off. */
export function peerActionOf(code: RejectCode): "ignore" | "penalise" {
  return INNOCENT.has(code) ? "ignore" : "penalise";
}
