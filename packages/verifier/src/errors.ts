import { type ErrorFields, FbError } from "@fb/types";

/** Why a block from outside is not a valid successor of its parent. Whoever sent it answers for it. */
export type VerifyErrorCode =
  /** The header does not continue the parent or breaks a rule that needs no execution. */
  | "HEADER_INVALID"
  /** Execution gives another value for this field. */
  | "ROOT_MISMATCH";

export type VerifierErrorCode =
  /** Caller bug: a proposal that should have been judged before is not a successor of the parent. Halts the group. */
  | "EXECUTION_INPUT_INVALID"
  /** The engine or a system contract failed in a way no transaction can cause. Halts the group: results would diverge. */
  | "EXECUTION_FAILED";

export function verifierError(
  code: VerifierErrorCode,
  message: string,
  fields: ErrorFields = {},
  cause?: unknown,
): FbError<VerifierErrorCode> {
  return new FbError(code, message, fields, cause);
}
