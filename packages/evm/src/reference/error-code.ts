import type { EvmErrorCode } from "@fb/types";

/** Error texts of @ethereumjs/evm and their codes; a text that is not listed comes from a precompiled contract. */
const CODES: ReadonlyMap<string, EvmErrorCode> = new Map([
  ["revert", "REVERT"],
  ["out of gas", "OUT_OF_GAS"],
  ["code store out of gas", "CODE_STORE_OUT_OF_GAS"],
  ["code size to deposit exceeds maximum code size", "CODE_SIZE_LIMIT"],
  ["stack underflow", "STACK_UNDERFLOW"],
  ["stack overflow", "STACK_OVERFLOW"],
  ["invalid opcode", "INVALID_OPCODE"],
  ["static state change", "STATIC_VIOLATION"],
  ["create collision", "CREATE_COLLISION"],
  ["insufficient balance", "INSUFFICIENT_BALANCE"],
  ["value overflow", "INSUFFICIENT_BALANCE"],
  ["invalid bytecode deployed", "INVALID_CODE_PREFIX"],
  ["initcode exceeds max initcode size", "INIT_CODE_SIZE_LIMIT"],
]);

export function errorCode(text: string): EvmErrorCode {
  // Of these the library also says where.
  if (text.startsWith("invalid JUMP")) return "INVALID_JUMP";
  return CODES.get(text) ?? "PRECOMPILE_FAILED";
}
