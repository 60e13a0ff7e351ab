import { type ErrorFields, FbError } from "@fb/types";

/** Which rule a header breaks that needs no execution (types SPEC 13.3). Whoever made the block answers for it. */
export type HeaderCode =
  | "WRONG_HEIGHT"
  | "WRONG_PARENT"
  | "TIMESTAMP_NOT_AFTER_PARENT"
  | "WRONG_GAS_LIMIT"
  /** The sealer is no position in the list of sealers. */
  | "NO_SUCH_SEALER"
  | "EXTRA_DATA_NOT_EMPTY";

export type VerifierErrorCode =
  /** Caller bug: a block whose header breaks a rule, or without its transactions, was to be executed. Halts the group. */
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
