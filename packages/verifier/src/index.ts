export { type Caller, createCaller } from "./caller.ts";
export type { HeaderCode, VerifierErrorCode } from "./errors.ts";
export { headerProblem } from "./header-rules.ts";
export {
  type CallerOptions,
  type CallOptions,
  DEFAULT_CALL_GAS_LIMIT,
  DEFAULT_CALL_MEMORY_BYTES,
  type VerifierOptions,
} from "./options.ts";
export type { BlockHashFn, CallerDeps, ExecutionState, OpenTablesFn, TableOverlay, VerifierDeps } from "./ports.ts";
export { shapeRefusal } from "./shape.ts";
export type {
  CallPlace,
  CallRequest,
  CallResult,
  CallSite,
  EstimateResult,
  ExecutedBlock,
  ExecutionConfig,
  ExecutionContext,
  ExecutionInput,
  NextBlockSite,
  VerifyResult,
} from "./types.ts";
export { createVerifier, type Verifier } from "./verifier.ts";
