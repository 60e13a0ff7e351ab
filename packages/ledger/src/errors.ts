import { FbError } from "@fb/types";

/**
 * CHANNEL_TOO_NARROW: the longest block this group accepts would not fit in one message of its channel; a mistake of the
 * host, which must open the channel with a longer payload.
 */
export type LedgerErrorCode = "CHANNEL_TOO_NARROW" | CallErrorCode;

/**
 * CALL_ABORTED: nobody waits for the call or the read any more. CALL_QUEUE_FULL: too many calls wait; the client tries again later.
 * CALL_ANSWER_TOO_LARGE: the call returned, or reverted with, more than is handed on; the client asks for less.
 * CALL_MEMORY_EXCEEDED: the call reads more rows of tables than it may hold; the client asks for less.
 */
export type CallErrorCode = "CALL_ABORTED" | "CALL_QUEUE_FULL" | "CALL_ANSWER_TOO_LARGE" | "CALL_MEMORY_EXCEEDED";

export function callError(code: CallErrorCode, message: string): FbError<CallErrorCode> {
  return new FbError(code, message);
}
