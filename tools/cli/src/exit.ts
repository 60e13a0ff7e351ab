import { isCode } from "@fb/types";

/** Exit codes of every tool. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** The exit code for what was thrown; `usage` are the codes of errors that say the command was given wrongly. */
export function exitCodeOf(error: unknown, usage: readonly string[]): number {
  return usage.some((code) => isCode(error, code)) ? EXIT.usage : EXIT.failed;
}
