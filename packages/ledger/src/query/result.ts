import type { QueryFailure, QueryResult } from "@fb/api";
import { type Height, isCode } from "@fb/types";

export const NOT_FOUND = { ok: false, code: "BLOCK_NOT_FOUND", message: "this chain has no such block" } as const;

/** The line is full, or the thread of calls ended under the call. */
const BUSY = ["CALL_QUEUE_FULL", "PORT_BUSY", "PORT_CLOSED"];

/**
 * What the client is told when a read at a height ended with `error`; null when that is no fault of the request.
 *
 * @param lowest height whose state is kept
 */
export function readRefusal(error: unknown, height: Height, lowest: Height): QueryFailure | null {
  if (isCode(error, "STATE_NOT_KEPT")) {
    const kept = `this node keeps states from block ${lowest} on, not that of block ${height}`;
    return { ok: false, code: "STATE_NOT_KEPT", message: `${kept}; ask a node with a longer history`, lowest };
  }
  if (isCode(error, "PROOF_UNSUPPORTED")) {
    return { ok: false, code: "PROOF_UNSUPPORTED", message: "account proofs need a group with state type mpt" };
  }
  if (isCode(error, "CALL_ABORTED")) return tooMuch("the call took too long");
  if (BUSY.some((code) => isCode(error, code))) {
    return { ok: false, code: "BUSY", message: "too many calls, or their thread was restarted; try again" };
  }
  if (isCode(error, "CALL_ANSWER_TOO_LARGE")) return tooMuch(error.message);
  if (isCode(error, "CALL_MEMORY_EXCEEDED")) return tooMuch("the call needs too much memory");
  if (isCode(error, "CALL_PRECOMPILE_EXCEEDED")) {
    return tooMuch("the call asks a precompiled contract for too much work at once");
  }
  return null;
}

/** The value, unless it takes more bytes than the caller has room for; then it is not built. */
export function within<T>(maxBytes: number, bytes: number, build: () => T): QueryResult<T> {
  return bytes <= maxBytes ? { ok: true, value: build() } : tooLarge(bytes, maxBytes);
}

export function tooLarge(bytes: number, maxBytes: number): QueryFailure {
  return { ok: false, code: "LIMIT_EXCEEDED", message: `this takes ${bytes} bytes, more than ${maxBytes}`, bytes };
}

function tooMuch(what: string): QueryFailure {
  return { ok: false, code: "LIMIT_EXCEEDED", message: `${what}; ask for less` };
}
