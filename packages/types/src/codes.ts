/**
 * Codes this package throws with. All of them mean that a value or bytes break a format of SPEC.md.
 * - `RLP_INVALID`: bytes are not canonical RLP; whoever took them from outside rejects their source.
 * - `VALUE_OUT_OF_RANGE`: an encoder was given a value its format cannot hold; a bug of the caller.
 * - `GENESIS_INVALID`: a genesis breaks a rule named in the message; the operator corrects the genesis file.
 */
export type TypesErrorCode = "RLP_INVALID" | "VALUE_OUT_OF_RANGE" | "GENESIS_INVALID";
