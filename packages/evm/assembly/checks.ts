// What can go wrong with an operation, and how a frame leaves the loop.
import { C_BYTES, C_SIZE, gasToBlockEnd } from "./code";
import { withinReturnData } from "./data-operations";
import { fork } from "./environment";
import {
  expand, F_CODE, F_FLAGS, F_GAS, F_MEMORY_SIZE, F_PC, F_SP, MEMORY_LIMIT, STACK_BYTES, STATIC, top, touch,
} from "./machine";
import * as op from "./opcodes";
import {
  CAREFUL, INVALID_OPCODE, MISS_GAS, MISSING, NO_GAS, OUT_OF_GAS, RETURN_DATA_OUT_OF_BOUNDS, STACK_OVERFLOW,
  STACK_UNDERFLOW, STATIC_VIOLATION,
} from "./status";
import { fits64 } from "./u256";

export function leave(f: usize, status: i32, pc: usize, sp: usize, gas: i64): i32 {
  store<u32>(f, <u32>pc, F_PC);
  store<u32>(f, <u32>sp, F_SP);
  store<i64>(f, gas, F_GAS);
  return status;
}

/** An operation returned `result` instead of gas; `gas` and `msize` are what the frame had before it. */
export function failed<M>(f: usize, result: i64, pc: usize, sp: usize, gas: i64, msize: u64): i32 {
  if (result == MISS_GAS) return leave(f, MISSING, pc, sp, gas);
  if (result != NO_GAS) return <i32>(-result);
  if (sizeof<M>() == 2) return OUT_OF_GAS;
  // The operation runs again: memory it may have got must be paid again.
  store<u32>(f, <u32>msize, F_MEMORY_SIZE);
  const record = load<usize>(f, F_CODE);
  const code = load<usize>(record, C_BYTES);
  return leave(f, CAREFUL, pc, sp, gas + gasToBlockEnd(code + pc, code + load<u32>(record, C_SIZE)));
}

/** Everything an operation needs checked, in the order that decides which error shows; returns gas or a negated outcome. */
export function check(code: u32, sp: usize, height: usize, gas: i64): i64 {
  if (<u32>load<u8>(op.FORK + code) > fork) return -<i64>INVALID_OPCODE;
  const needs = <usize>load<u8>(op.NEEDS + code) << 5;
  const peeks = <usize>load<u8>(op.PEEKS + code) << 5;
  const isStatic = (load<u32>(top(), F_FLAGS) & STATIC) != 0;
  const left = gas - <i64>load<u16>(op.STATIC_GAS + (code << 1));
  if (peeks != 255 << 5) {
    if (isStatic && (code == op.SSTORE || code - op.LOG0 < 5 || code == op.SELFDESTRUCT)) {
      return -<i64>STATIC_VIOLATION;
    }
    if (height < peeks) return -<i64>STACK_UNDERFLOW;
    if (height < needs) {
      // MSTORE, MSTORE8 and LOG: the costs known from the first operands come before the missing ones.
      let rest = left;
      if (code == op.MSTORE || code == op.MSTORE8) {
        const at = load<u64>(sp - 32);
        rest = left < 0 || !fits64(sp - 32) || at > MEMORY_LIMIT ? -1 : expand(at + (code == op.MSTORE ? 32 : 1), left);
      } else {
        rest = left < 0 ? -1 : touch(sp - 32, sp - 64, left);
        if (rest >= 0) rest -= <i64>load<u64>(sp - 64) * 8;
      }
      return rest < 0 ? -<i64>OUT_OF_GAS : -<i64>STACK_UNDERFLOW;
    }
  }
  if (code == op.RETURNDATACOPY && !withinReturnData(sp)) return -<i64>RETURN_DATA_OUT_OF_BOUNDS;
  if (left < 0) return -<i64>OUT_OF_GAS;
  if (code == op.TSTORE && isStatic) return -<i64>STATIC_VIOLATION;
  if (height < needs) return -<i64>STACK_UNDERFLOW;
  if (height - needs + (<usize>load<u8>(op.LEAVES + code) << 5) > STACK_BYTES) return -<i64>STACK_OVERFLOW;
  return left;
}

/** Whether a block with the entry `m` fits the gas and the stack height. */
// @ts-ignore: decorator
@inline export function fitsBlock(m: u64, height: usize, gas: i64): bool {
  return gas >= <i64>(m & 0xffffffff) && height >= <usize>((m >> 32) & 0xffff)
    && height + <usize>((m >> 43) & 0xffe0) <= STACK_BYTES;
}
