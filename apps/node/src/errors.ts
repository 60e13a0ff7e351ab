import type { ConfigErrorCode } from "@fb/config";
import type { P2pErrorCode } from "@fb/p2p-whitelist";
import type { RpcErrorCode } from "@fb/rpc";

/**
 * Besides the codes of the configuration. CONFIG_MISSING: a file is not where it should be. KEY_INVALID: key or
 * certificate cannot be used, the operator corrects the named file. NODE_START_FAILED: the node as a whole cannot run.
 * THREAD_ENDED: a thread ended without saying why.
 */
export type NodeErrorCode = ConfigErrorCode | "CONFIG_MISSING" | "KEY_INVALID" | "NODE_START_FAILED" | "THREAD_ENDED";

/** What the process ends with. */
export const EXIT = { ok: 0, unexpected: 1, config: 2, listen: 3 } as const;

/** Codes, of this package and of those that it assembles, that are no fault of the program, by what they end it with. */
const LISTEN_CODES: readonly string[] = ["LISTEN_FAILED", "RPC_LISTEN_FAILED"] satisfies (
  | P2pErrorCode
  | RpcErrorCode
)[];
const CONFIG_CODES: readonly string[] = [
  "CONFIG_INVALID",
  "CONFIG_MISSING",
  "KEY_INVALID",
  "CERTIFICATE_INVALID",
  "OPTIONS_INVALID",
] satisfies (ConfigErrorCode | NodeErrorCode | P2pErrorCode)[];

export function exitCode(code: string): number {
  if (LISTEN_CODES.includes(code)) return EXIT.listen;
  // What `parseArgs` says of an unknown option, a value that is missing or a word too many.
  return CONFIG_CODES.includes(code) || code.startsWith("ERR_PARSE_ARGS_") ? EXIT.config : EXIT.unexpected;
}

export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "UNEXPECTED";
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
