export type ReferenceEvmErrorCode =
  /** The caller's signal fired during a read-only call: tell the client, nothing else to do. */
  | "CALL_ABORTED"
  /** A read-only call needs more memory than its limit: tell the client. */
  | "CALL_MEMORY_EXCEEDED"
  /** A view did not answer after a load it acknowledged: a bug of the state, halts the group. */
  | "STATE_LOAD_BROKEN";
