/**
 * What the user fixes. BUILD_FAILED: the sources do not build. PORT_IN_USE: another program listens where a node should.
 * NO_CHAIN: nothing was made yet. NOT_STOPPED: a node did not stop in time. PROOF_FAILED: the chain runs, but a group has
 * no leader or does not return what was written. USAGE: the command was given wrongly.
 */
export type LauncherErrorCode = "BUILD_FAILED" | "PORT_IN_USE" | "NO_CHAIN" | "NOT_STOPPED" | "PROOF_FAILED" | "USAGE";

/** Codes that say the command was given wrongly. */
export const USAGE_CODES: readonly LauncherErrorCode[] = ["USAGE"];
