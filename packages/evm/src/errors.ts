import { FbError } from "@fb/types";

/**
 * CALL_ABORTED: the caller's signal fired; drop the call.
 * CALL_MEMORY_EXCEEDED: a read-only call wanted more memory than its limit; the client should ask for less.
 * CALL_PRECOMPILE_EXCEEDED: a read-only call called a precompile for more gas than its limit; likewise.
 * ENGINE_MEMORY_EXHAUSTED: linear memory could not grow; for a transaction this stops the group, since its outcome is unknown.
 * GAS_OUT_OF_RANGE: `message.gas` is negative or beyond 2^63 - 1; a bug of the caller.
 * MESSAGE_INVALID: `to` and `createAddress` contradict each other; a bug of the caller.
 * NO_SYSTEM_CONTRACTS: an engine called a system contract of a plain host, which has none; a bug of the engine.
 * STATE_LOAD_BROKEN: the view did not answer right after it loaded an item; a bug of the state.
 * TRACE_TOO_LARGE: a call tree exceeded its bound; tell the client.
 */
export type EvmEngineErrorCode =
  | "CALL_ABORTED"
  | "CALL_MEMORY_EXCEEDED"
  | "CALL_PRECOMPILE_EXCEEDED"
  | "ENGINE_MEMORY_EXHAUSTED"
  | "GAS_OUT_OF_RANGE"
  | "MESSAGE_INVALID"
  | "NO_SYSTEM_CONTRACTS"
  | "STATE_LOAD_BROKEN"
  | "TRACE_TOO_LARGE";

export class EvmEngineError extends FbError<EvmEngineErrorCode> {}
