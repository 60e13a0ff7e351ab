import { FbError, isCode } from "@fb/types";

export type ConsensusErrorCode =
  /** A record in the middle of the journal is damaged. Operator: restore the journal's disk or remove the journal (the node then promises nothing until the others let it). */
  | "JOURNAL_CORRUPT"
  /** The journal belongs to another genesis. Operator: a group's data directory was mixed up. */
  | "JOURNAL_FOREIGN"
  /** The journal was written by an older version. Operator: let the old version finish its height and remove the journal of one node after the other (each promises nothing until the others let it). */
  | "JOURNAL_FORMAT"
  /** The journal is encrypted under a master key that was not given. Operator: give it beside the newest; nothing was changed. */
  | "JOURNAL_KEY_MISSING"
  /** The journal is encrypted under another master key of that number. Operator: give the right one; nothing was changed. */
  | "JOURNAL_KEY_WRONG"
  /** A write or fsync of the journal failed; nothing was promised. Operator: look at the disk, then restart the group. */
  | "JOURNAL_WRITE_FAILED"
  /** A quorum signed another result than ours for the same block. Operator: this node's data or program is wrong; do not restart before it is understood. */
  | "DIVERGED"
  /** Judging or executing a block failed for a reason outside the block (storage). Operator: see the cause, restart the group. */
  | "EXECUTION_FAILED"
  /** A decided block could not be stored. Operator: see the cause, restart the group. */
  | "COMMIT_FAILED"
  /** A bug of ours. Operator: restart the group and report it. */
  | "INVARIANT_BROKEN"
  /** Caller: an option is out of its range. */
  | "BAD_OPTION";

export type ConsensusError = FbError<ConsensusErrorCode>;

export function consensusError(
  code: ConsensusErrorCode,
  message: string,
  fields: ConsensusError["fields"] = {},
  cause?: unknown,
): ConsensusError {
  return new FbError(code, message, fields, cause);
}

/** What ends an engine that runs; everything else that could is a bug of ours. */
const HALT_CODES = [
  "JOURNAL_WRITE_FAILED",
  "DIVERGED",
  "EXECUTION_FAILED",
  "COMMIT_FAILED",
  "INVARIANT_BROKEN",
] as const satisfies readonly ConsensusErrorCode[];

export type HaltCode = (typeof HALT_CODES)[number];

export function haltCodeOf(error: unknown): HaltCode {
  return HALT_CODES.find((code) => isCode(error, code)) ?? "INVARIANT_BROKEN";
}

/** What went wrong and, when known, why: the operator reads nothing else at first. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  if (!(cause instanceof Error)) return message;
  return `${message}: ${cause instanceof FbError ? `${cause.code}: ` : ""}${cause.message}`;
}
