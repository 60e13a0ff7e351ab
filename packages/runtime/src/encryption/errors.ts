import { type ErrorFields, FbError } from "@fb/types";

export type EncryptionErrorCode =
  /** What was given as keys has another form. The operator corrects the file, variable or command; it is never shown. */
  | "KEY_FORMAT"
  /** Encrypted under a master key that was not given. The operator gives it, beside the newest. */
  | "KEY_MISSING"
  /** The key of that number is another one. The operator gives the one that the data was written under. */
  | "KEY_WRONG"
  /** Not what was written: cut, changed or put in another order. The operator takes another copy. */
  | "STREAM_DAMAGED";

export function encryptionError(
  code: EncryptionErrorCode,
  message: string,
  fields?: ErrorFields,
): FbError<EncryptionErrorCode> {
  return new FbError(code, message, fields);
}
