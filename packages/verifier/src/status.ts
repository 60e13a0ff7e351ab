import { type EvmErrorCode, RECEIPT_STATUS } from "@fb/types";

const STATUS: Readonly<Record<EvmErrorCode, number>> = {
  REVERT: RECEIPT_STATUS.revert,
  OUT_OF_GAS: RECEIPT_STATUS.outOfGas,
  INVALID_OPCODE: RECEIPT_STATUS.badInstruction,
  INVALID_JUMP: RECEIPT_STATUS.badJumpDestination,
  STACK_UNDERFLOW: RECEIPT_STATUS.stackUnderflow,
  STACK_OVERFLOW: RECEIPT_STATUS.outOfStack,
  STATIC_VIOLATION: RECEIPT_STATUS.staticViolation,
  RETURN_DATA_OUT_OF_BOUNDS: RECEIPT_STATUS.returnDataOutOfBounds,
  INSUFFICIENT_BALANCE: RECEIPT_STATUS.notEnoughCash,
  CALL_DEPTH: RECEIPT_STATUS.callDepth,
  CREATE_COLLISION: RECEIPT_STATUS.addressAlreadyUsed,
  NONCE_OVERFLOW: RECEIPT_STATUS.nonceOverflow,
  CODE_SIZE_LIMIT: RECEIPT_STATUS.codeSizeLimit,
  INIT_CODE_SIZE_LIMIT: RECEIPT_STATUS.initCodeSizeLimit,
  INVALID_CODE_PREFIX: RECEIPT_STATUS.invalidCodePrefix,
  CODE_STORE_OUT_OF_GAS: RECEIPT_STATUS.codeStoreOutOfGas,
  PRECOMPILE_FAILED: RECEIPT_STATUS.precompiledError,
};

/** Receipt status of an execution. What a system contract itself refuses is a precompiled error, not a revert. */
export function executionStatus(error: EvmErrorCode | null, toSystemContract: boolean): number {
  if (error === null) return RECEIPT_STATUS.ok;
  return error === "REVERT" && toSystemContract ? RECEIPT_STATUS.precompiledError : STATUS[error];
}
