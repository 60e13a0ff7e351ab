import { FbError } from "@fb/types";
import { toJson } from "./view.ts";

/**
 * Codes of the console; each ends one command. CONSOLE_USAGE: the command line is wrong. CONSOLE_INPUT: a file, value
 * or name the user gave cannot be used. CONSOLE_ACCOUNT: no account, or it cannot be opened. CONSOLE_COMPILE: the
 * Solidity compiler found errors. CONSOLE_TRANSACTION: the node or the chain refused.
 */
export type ConsoleErrorCode =
  | "CONSOLE_USAGE"
  | "CONSOLE_INPUT"
  | "CONSOLE_ACCOUNT"
  | "CONSOLE_COMPILE"
  | "CONSOLE_TRANSACTION";

export function consoleError(code: ConsoleErrorCode, message: string): FbError<ConsoleErrorCode> {
  return new FbError(code, message);
}

/** Process exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 node not reachable. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3 } as const;

export interface Failure {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
}

/** What the user is told about anything that was thrown. */
export function describeFailure(error: unknown): Failure {
  const code = errorText(error, "code") ?? "UNKNOWN";
  const message = errorText(error, "reason") ?? errorText(error, "shortMessage") ?? errorText(error, "message");
  const text = nodeMessage(error) ?? message ?? String(error);
  if (code === "CONSOLE_USAGE") return { exitCode: EXIT.usage, code, message: text };
  const network = code === "SDK_UNREACHABLE" || code === "ECONNREFUSED" || code === "ECONNRESET";
  return { exitCode: network ? EXIT.unreachable : EXIT.failed, code, message: text };
}

/** The same as one text: a sentence, or the JSON of `--json`. */
export function failureText(error: unknown, json: boolean): string {
  const { code, message } = describeFailure(error);
  return json ? toJson({ error: { code, message } }) : `error: ${message}`;
}

/** The node's own sentence, which ethers keeps inside its errors. */
function nodeMessage(error: unknown): string | null {
  const info = property(error, "info");
  const inner = property(info, "error") ?? property(error, "error");
  const message = property(inner, "message");
  return typeof message === "string" ? message : null;
}

function errorText(error: unknown, name: string): string | null {
  const value = property(error, name);
  return typeof value === "string" && value !== "" ? value : null;
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
