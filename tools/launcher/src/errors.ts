import { isCode } from "@fb/types";

/**
 * What the user mends. BUILD_FAILED: the sources do not build. PORT_IN_USE: another program listens where a node should.
 * NO_CHAIN: nothing was made yet. NOT_STOPPED: a node did not stop in time. PROOF_FAILED: the
 * chain runs, but a group has no leader or does not return what was written. USAGE: the command was given wrongly.
 */
export type LauncherErrorCode = "BUILD_FAILED" | "PORT_IN_USE" | "NO_CHAIN" | "NOT_STOPPED" | "PROOF_FAILED" | "USAGE";

/** 2 when the command was given wrongly, 1 for everything else. */
export function failureExitCode(error: unknown): number {
  return isCode(error, "USAGE") ? 2 : 1;
}
