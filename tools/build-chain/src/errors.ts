/**
 * TOPOLOGY_INVALID: the operator corrects the named line or option. OUTPUT_EXISTS: keys would be overwritten; choose another
 * folder or extend the chain with --extend.
 */
export type BuildChainErrorCode = "TOPOLOGY_INVALID" | "OUTPUT_EXISTS";
