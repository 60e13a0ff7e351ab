/**
 * CONFIG_INVALID, CONFIG_MISSING: the operator mends the named file. KEY_INVALID: key or certificate cannot be used.
 * GROUP_START_FAILED: one group did not start; the others go on. NODE_START_FAILED: the node as a whole cannot run.
 */
export type NodeErrorCode =
  | "CONFIG_INVALID"
  | "CONFIG_MISSING"
  | "KEY_INVALID"
  | "GROUP_START_FAILED"
  | "NODE_START_FAILED";

/** What the process ends with. */
export const EXIT = { ok: 0, unexpected: 1, config: 2, listen: 3 } as const;
