/**
 * CONFIG_INVALID, CONFIG_MISSING: the operator mends the named file. KEY_INVALID: key or certificate cannot be used.
 * NODE_START_FAILED: the node as a whole cannot run. THREAD_ENDED: a thread ended without saying why.
 */
export type NodeErrorCode = "CONFIG_INVALID" | "CONFIG_MISSING" | "KEY_INVALID" | "NODE_START_FAILED" | "THREAD_ENDED";

/** What the process ends with. */
export const EXIT = { ok: 0, unexpected: 1, config: 2, listen: 3 } as const;
