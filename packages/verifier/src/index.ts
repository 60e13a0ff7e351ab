export { type Caller, type CallerDeps, type CallerOptions, createCaller } from "./caller.ts";
export type { VerifierErrorCode, VerifyErrorCode } from "./errors.ts";
export { DEFAULT_CALL_GAS_LIMIT, DEFAULT_CALL_MEMORY_BYTES, type VerifierOptions } from "./options.ts";
export type { BlockHashFn, ExecutionState, OpenTablesFn, TableOverlay } from "./ports.ts";
export { shapeRefusal } from "./shape.ts";
export type {
  CallOptions,
  CallPlace,
  CallRequest,
  CallResult,
  CallSite,
  EstimateResult,
  ExecutedBlock,
  ExecutionConfig,
  ExecutionContext,
  NextBlockSite,
  VerifyResult,
} from "./types.ts";
export { createVerifier, type Verifier, type VerifierDeps } from "./verifier.ts";
