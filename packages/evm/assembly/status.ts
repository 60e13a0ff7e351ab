// How a frame or the whole machine stopped. 0..31 are outcomes of a frame, 32.. are requests.

export const STOPPED: i32 = 0;
export const REVERTED: i32 = 1;
export const OUT_OF_GAS: i32 = 2;
export const INVALID_OPCODE: i32 = 3;
export const INVALID_JUMP: i32 = 4;
export const STACK_UNDERFLOW: i32 = 5;
export const STACK_OVERFLOW: i32 = 6;
export const STATIC_VIOLATION: i32 = 7;
export const RETURN_DATA_OUT_OF_BOUNDS: i32 = 8;
export const INSUFFICIENT_BALANCE: i32 = 9;
export const CREATE_COLLISION: i32 = 10;
export const CODE_SIZE_LIMIT: i32 = 11;
export const INIT_CODE_SIZE_LIMIT: i32 = 12;
export const INVALID_CODE_PREFIX: i32 = 13;
export const CODE_STORE_OUT_OF_GAS: i32 = 14;
export const PRECOMPILE_FAILED: i32 = 15;
// Why no frame opens; only the tracing build tells.
export const DEPTH_LIMIT: i32 = 16;
export const NONCE_OVERFLOW: i32 = 17;

/** To the host: something must be loaded; call `resume` afterwards. */
export const MISSING: i32 = 32;
/** To the host: run the precompile of the top frame and call `completePrecompile`. */
export const PRECOMPILE: i32 = 33;
/** To the host: run the system contract of the top frame and call `completePrecompile`. */
export const SYSTEM_CALL: i32 = 34;
/** To the host: a slice of work is done; call `resume` to go on. */
export const YIELD: i32 = 35;
/** To the host: finished; the outcome is in the result record. */
export const DONE: i32 = 36;

// Inside the module only.
export const CALL_REQUEST: i32 = 40;
export const CREATE_REQUEST: i32 = 41;
/** A block check failed or advance gas ran short: go on operation by operation to find the exact error. */
export const CAREFUL: i32 = 42;
export const SLICE_DONE: i32 = 43;

/** Helpers of operations return the gas left, or one of these, or a negated frame outcome. */
export const NO_GAS: i64 = -1;
export const MISS_GAS: i64 = -100;
