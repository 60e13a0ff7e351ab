// The loop over opcodes. run<u8> trusts block checks; run<u16> checks every operation, and is entered only for frames
// that are about to fail, to find out at which operation and how (and by the tracing build).
import { addressWord } from "./accounts";
import { and, not, or, swap, xor } from "./bits";
import { check, failed, fitsBlock, leave } from "./checks";
import { C_BLOCKS, C_BYTES, C_INDEX, C_SIZE, describe, entryAt, KNOWN } from "./code";
import { callDataLoad } from "./data-operations";
import { addmod, div, mod, mulmod, sdiv, smod } from "./division";
import { ENV, ENV_BASE_FEE, ENV_COINBASE, ENV_GAS_PRICE, ENV_ORIGIN } from "./environment";
import {
  clearReturn, ENTER, expand, F_ACCOUNT, F_CALLER, F_CODE, F_DATA_SIZE, F_FLAGS, F_GAS, F_MEMORY, F_MEMORY_SIZE, F_PC,
  F_SP, F_STACK, F_VALUE, MEMORY_LIMIT, memoryRegion, returnSize, setReturn, stackRegion, top, touch,
} from "./machine";
import * as op from "./opcodes";
import { operate } from "./operations";
import { selfDestruct } from "./state-operations";
import { CALL_REQUEST, CAREFUL, CREATE_REQUEST, INVALID_JUMP, NO_GAS, REVERTED, SLICE_DONE, STOPPED } from "./status";
import { reportStep, TRACING } from "./tracing";
import {
  add, below, copyWord, equalWords, fits64, fromBytes, fromImmediate, isZero, mul, sar, setWord, shl, shr, signedBelow,
  signExtend, sub, toBytes,
} from "./u256";

/** Gas spent before the loop returns once, so that long loops get the optimised code and can be interrupted. */
const SLICE_GAS: i64 = 500_000;
let sliceGas: i64 = SLICE_GAS;

/** Slices no longer than `work`; 0 = as long as is good. */
export function limitSlices(work: u32): void {
  sliceGas = work == 0 ? SLICE_GAS : min(SLICE_GAS, <i64>work);
}

/** Runs the top frame until it ends or something outside the loop must happen (status.ts). */
export function run<M>(): i32 {
  const f = top();
  const record = load<usize>(f, F_CODE);
  const code = load<usize>(record, C_BYTES);
  const index = load<usize>(record, C_INDEX);
  let blocks = load<usize>(record, C_BLOCKS);
  const size = <u64>load<u32>(record, C_SIZE);
  const region = stackRegion;
  const floor = region + <usize>load<u32>(f, F_STACK);
  let sp = region + <usize>load<u32>(f, F_SP);
  let pc = code + <usize>load<u32>(f, F_PC);
  let gas = load<i64>(f, F_GAS);
  let mem = memoryRegion + <usize>load<u32>(f, F_MEMORY);
  let msize = <u64>load<u32>(f, F_MEMORY_SIZE);
  let before: i64 = 0;
  const sliceEnd = gas - sliceGas;
  let entering = (load<u32>(f, F_FLAGS) & ENTER) != 0;
  store<u32>(f, load<u32>(f, F_FLAGS) & ~ENTER, F_FLAGS);
  // Block after block; a frame that was suspended goes on in the middle of one.
  for (;;) {
    if (sizeof<M>() == 1 && entering) {
      let m = entryAt(index, blocks, pc - code);
      if (!(m & KNOWN)) {
        m = describe(record, pc - code);
        blocks = load<usize>(record, C_BLOCKS);
      }
      if (!fitsBlock(m, sp - floor, gas)) return leave(f, CAREFUL, pc - code, sp - region, gas);
      gas -= <i64>(m & 0xffffffff);
      pc += <usize>(m >> 63);
    }
    // Operation after operation; breaking out of the switch ends the block.
    for (;;) {
      const o = <u32>load<u8>(pc);
      if (sizeof<M>() == 2) {
        if (TRACING) reportStep(pc - code, o, gas, floor, sp - floor, mem, <u32>msize);
        before = gas;
        gas = check(o, sp, sp - floor, gas);
        if (gas < 0) return <i32>(-gas);
      }
      switch (o) {
        case op.STOP:
          clearReturn();
          return leave(f, STOPPED, 0, 0, gas);
        case op.ADD: add(sp - 64, sp - 32, sp - 64); sp -= 32; pc++; continue;
        case op.MUL: mul(sp - 64, sp - 32, sp - 64); sp -= 32; pc++; continue;
        case op.SUB: sub(sp - 64, sp - 32, sp - 64); sp -= 32; pc++; continue;
        case op.DIV: div(sp - 64, sp - 32, sp - 64); sp -= 32; pc++; continue;
        case op.SDIV: sdiv(sp - 64, sp - 32, sp - 64); sp -= 32; pc++; continue;
        case op.MOD: mod(sp - 64, sp - 32, sp - 64); sp -= 32; pc++; continue;
        case op.SMOD: smod(sp - 64, sp - 32, sp - 64); sp -= 32; pc++; continue;
        case op.ADDMOD: addmod(sp - 96, sp - 32, sp - 64, sp - 96); sp -= 64; pc++; continue;
        case op.MULMOD: mulmod(sp - 96, sp - 32, sp - 64, sp - 96); sp -= 64; pc++; continue;
        case op.SIGNEXTEND: signExtend(sp - 64, sp - 32, sp - 64); sp -= 32; pc++; continue;
        case op.LT: setWord(sp - 64, <u64>below(sp - 32, sp - 64)); sp -= 32; pc++; continue;
        case op.GT: setWord(sp - 64, <u64>below(sp - 64, sp - 32)); sp -= 32; pc++; continue;
        case op.SLT: setWord(sp - 64, <u64>signedBelow(sp - 32, sp - 64)); sp -= 32; pc++; continue;
        case op.SGT: setWord(sp - 64, <u64>signedBelow(sp - 64, sp - 32)); sp -= 32; pc++; continue;
        case op.EQ: setWord(sp - 64, <u64>equalWords(sp - 32, sp - 64)); sp -= 32; pc++; continue;
        case op.ISZERO: setWord(sp - 32, <u64>isZero(sp - 32)); pc++; continue;
        case op.AND: and(sp - 64, sp - 32, sp - 64); sp -= 32; pc++; continue;
        case op.OR: or(sp - 64, sp - 32, sp - 64); sp -= 32; pc++; continue;
        case op.XOR: xor(sp - 64, sp - 32, sp - 64); sp -= 32; pc++; continue;
        case op.NOT: not(sp - 32, sp - 32); pc++; continue;
        case op.BYTE: {
          const i = load<u64>(sp - 32);
          setWord(sp - 64, fits64(sp - 32) && i < 32 ? <u64>load<u8>(sp - 33 - <usize>i) : 0);
          sp -= 32;
          pc++;
          continue;
        }
        case op.SHL:
          if (fits64(sp - 32) && load<u64>(sp - 32) < 256) shl(sp - 64, sp - 64, load<u32>(sp - 32));
          else setWord(sp - 64, 0);
          sp -= 32;
          pc++;
          continue;
        case op.SHR:
          if (fits64(sp - 32) && load<u64>(sp - 32) < 256) shr(sp - 64, sp - 64, load<u32>(sp - 32), 0);
          else setWord(sp - 64, 0);
          sp -= 32;
          pc++;
          continue;
        case op.SAR: sar(sp - 64, sp - 32); sp -= 32; pc++; continue;
        case op.ADDRESS: addressWord(sp, load<u32>(f, F_ACCOUNT)); sp += 32; pc++; continue;
        case op.ORIGIN: copyWord(sp, ENV + ENV_ORIGIN); sp += 32; pc++; continue;
        case op.CALLER: addressWord(sp, load<u32>(f, F_CALLER)); sp += 32; pc++; continue;
        case op.CALLVALUE: copyWord(sp, f + F_VALUE); sp += 32; pc++; continue;
        case op.CALLDATALOAD: callDataLoad(sp); pc++; continue;
        case op.CALLDATASIZE: setWord(sp, <u64>load<u32>(f, F_DATA_SIZE)); sp += 32; pc++; continue;
        case op.CODESIZE: setWord(sp, size); sp += 32; pc++; continue;
        case op.GASPRICE: copyWord(sp, ENV + ENV_GAS_PRICE); sp += 32; pc++; continue;
        case op.RETURNDATASIZE: setWord(sp, <u64>returnSize); sp += 32; pc++; continue;
        case op.COINBASE: case op.TIMESTAMP: case op.NUMBER: case op.PREVRANDAO: case op.GASLIMIT: case op.CHAINID:
          copyWord(sp, ENV + ENV_COINBASE + (<usize>(o - op.COINBASE) << 5));
          sp += 32;
          pc++;
          continue;
        case op.BASEFEE: copyWord(sp, ENV + ENV_BASE_FEE); sp += 32; pc++; continue;
        case op.POP: sp -= 32; pc++; continue;
        case op.MLOAD: {
          const at = load<u64>(sp - 32);
          if (!fits64(sp - 32) || at + 32 > msize || at > MEMORY_LIMIT) {
            const left = fits64(sp - 32) && at <= MEMORY_LIMIT ? expand(at + 32, gas) : NO_GAS;
            if (left < 0) return failed<M>(f, left, pc - code, sp - region, sizeof<M>() == 2 ? before : gas, msize);
            gas = left;
            mem = memoryRegion + <usize>load<u32>(f, F_MEMORY);
            msize = <u64>load<u32>(f, F_MEMORY_SIZE);
          }
          fromBytes(sp - 32, mem + <usize>at);
          pc++;
          continue;
        }
        case op.MSTORE: {
          const at = load<u64>(sp - 32);
          if (!fits64(sp - 32) || at + 32 > msize || at > MEMORY_LIMIT) {
            const left = fits64(sp - 32) && at <= MEMORY_LIMIT ? expand(at + 32, gas) : NO_GAS;
            if (left < 0) return failed<M>(f, left, pc - code, sp - region, sizeof<M>() == 2 ? before : gas, msize);
            gas = left;
            mem = memoryRegion + <usize>load<u32>(f, F_MEMORY);
            msize = <u64>load<u32>(f, F_MEMORY_SIZE);
          }
          toBytes(mem + <usize>at, sp - 64);
          sp -= 64;
          pc++;
          continue;
        }
        case op.MSTORE8: {
          const at = load<u64>(sp - 32);
          if (!fits64(sp - 32) || at + 1 > msize || at > MEMORY_LIMIT) {
            const left = fits64(sp - 32) && at <= MEMORY_LIMIT ? expand(at + 1, gas) : NO_GAS;
            if (left < 0) return failed<M>(f, left, pc - code, sp - region, sizeof<M>() == 2 ? before : gas, msize);
            gas = left;
            mem = memoryRegion + <usize>load<u32>(f, F_MEMORY);
            msize = <u64>load<u32>(f, F_MEMORY_SIZE);
          }
          store<u8>(mem + <usize>at, load<u8>(sp - 64));
          sp -= 64;
          pc++;
          continue;
        }
        case op.JUMPI:
          if (isZero(sp - 64)) {
            sp -= 64;
            pc++;
            break;
          }
          // falls through
        case op.JUMP: {
          const to = load<u64>(sp - 32);
          if (!fits64(sp - 32) || to >= size || <i64>entryAt(index, blocks, <usize>to) >= 0) return INVALID_JUMP;
          sp -= o == op.JUMPI ? 64 : 32;
          if (gas < sliceEnd) return leave(f, SLICE_DONE, <usize>to, sp - region, gas);
          pc = code + <usize>to;
          break;
        }
        case op.PC: setWord(sp, <u64>(pc - code)); sp += 32; pc++; continue;
        case op.MSIZE: setWord(sp, msize); sp += 32; pc++; continue;
        case op.GAS:
          setWord(sp, <u64>gas);
          sp += 32;
          pc++;
          break;
        case op.JUMPDEST:
          // The fast loop steps over it when it enters the block.
          if (sizeof<M>() == 2) pc++;
          break;
        case op.PUSH0: setWord(sp, 0); sp += 32; pc++; continue;
        case op.PUSH1: setWord(sp, <u64>load<u8>(pc, 1)); sp += 32; pc += 2; continue;
        case op.PUSH2: setWord(sp, <u64>bswap<u16>(load<u16>(pc, 1))); sp += 32; pc += 3; continue;
        case op.PUSH3: setWord(sp, <u64>(bswap<u32>(load<u32>(pc, 1)) >> 8)); sp += 32; pc += 4; continue;
        case op.PUSH4: setWord(sp, <u64>bswap<u32>(load<u32>(pc, 1))); sp += 32; pc += 5; continue;
        case 0x64: case 0x65: case 0x66: case 0x67: case 0x68: case 0x69: case 0x6a: case 0x6b:
        case 0x6c: case 0x6d: case 0x6e: case 0x6f: case 0x70: case 0x71: case 0x72: case 0x73:
        case 0x74: case 0x75: case 0x76: case 0x77: case 0x78: case 0x79: case 0x7a: case 0x7b:
        case 0x7c: case 0x7d: case 0x7e: {
          const n = o - 0x5f;
          fromImmediate(sp, pc + 1 + n, n);
          sp += 32;
          pc += 1 + n;
          continue;
        }
        case op.PUSH32: fromBytes(sp, pc + 1); sp += 32; pc += 33; continue;
        // DUP1..16 and SWAP1..16, each with its distance as a constant: a computed one costs loops a fifth.
        case 0x80: copyWord(sp, sp - 32); sp += 32; pc++; continue;
        case 0x81: copyWord(sp, sp - 64); sp += 32; pc++; continue;
        case 0x82: copyWord(sp, sp - 96); sp += 32; pc++; continue;
        case 0x83: copyWord(sp, sp - 128); sp += 32; pc++; continue;
        case 0x84: copyWord(sp, sp - 160); sp += 32; pc++; continue;
        case 0x85: copyWord(sp, sp - 192); sp += 32; pc++; continue;
        case 0x86: copyWord(sp, sp - 224); sp += 32; pc++; continue;
        case 0x87: copyWord(sp, sp - 256); sp += 32; pc++; continue;
        case 0x88: copyWord(sp, sp - 288); sp += 32; pc++; continue;
        case 0x89: copyWord(sp, sp - 320); sp += 32; pc++; continue;
        case 0x8a: copyWord(sp, sp - 352); sp += 32; pc++; continue;
        case 0x8b: copyWord(sp, sp - 384); sp += 32; pc++; continue;
        case 0x8c: copyWord(sp, sp - 416); sp += 32; pc++; continue;
        case 0x8d: copyWord(sp, sp - 448); sp += 32; pc++; continue;
        case 0x8e: copyWord(sp, sp - 480); sp += 32; pc++; continue;
        case 0x8f: copyWord(sp, sp - 512); sp += 32; pc++; continue;
        case 0x90: swap(sp - 32, sp - 64); pc++; continue;
        case 0x91: swap(sp - 32, sp - 96); pc++; continue;
        case 0x92: swap(sp - 32, sp - 128); pc++; continue;
        case 0x93: swap(sp - 32, sp - 160); pc++; continue;
        case 0x94: swap(sp - 32, sp - 192); pc++; continue;
        case 0x95: swap(sp - 32, sp - 224); pc++; continue;
        case 0x96: swap(sp - 32, sp - 256); pc++; continue;
        case 0x97: swap(sp - 32, sp - 288); pc++; continue;
        case 0x98: swap(sp - 32, sp - 320); pc++; continue;
        case 0x99: swap(sp - 32, sp - 352); pc++; continue;
        case 0x9a: swap(sp - 32, sp - 384); pc++; continue;
        case 0x9b: swap(sp - 32, sp - 416); pc++; continue;
        case 0x9c: swap(sp - 32, sp - 448); pc++; continue;
        case 0x9d: swap(sp - 32, sp - 480); pc++; continue;
        case 0x9e: swap(sp - 32, sp - 512); pc++; continue;
        case 0x9f: swap(sp - 32, sp - 544); pc++; continue;
        case op.CREATE: case op.CREATE2:
          return leave(f, CREATE_REQUEST, pc - code, sp - region, gas);
        case op.CALL: case op.CALLCODE: case op.DELEGATECALL: case op.STATICCALL:
          return leave(f, CALL_REQUEST, pc - code, sp - region, gas);
        case op.RETURN: case op.REVERT: {
          const left = touch(sp - 32, sp - 64, gas);
          if (left < 0) return failed<M>(f, left, pc - code, sp - region, sizeof<M>() == 2 ? before : gas, msize);
          const n = load<u32>(sp - 64);
          setReturn(memoryRegion + <usize>load<u32>(f, F_MEMORY) + <usize>(n == 0 ? 0 : load<u32>(sp - 32)), n);
          return leave(f, o == op.RETURN ? STOPPED : REVERTED, 0, 0, left);
        }
        case op.SELFDESTRUCT: {
          const left = selfDestruct(sp, gas);
          if (left < 0) return failed<M>(f, left, pc - code, sp - region, sizeof<M>() == 2 ? before : gas, msize);
          clearReturn();
          return leave(f, STOPPED, 0, 0, left);
        }
        default: {
          const left = operate(o, sp, gas);
          if (left < 0) return failed<M>(f, left, pc - code, sp - region, sizeof<M>() == 2 ? before : gas, msize);
          gas = left;
          mem = memoryRegion + <usize>load<u32>(f, F_MEMORY);
          msize = <u64>load<u32>(f, F_MEMORY_SIZE);
          sp += (<usize>load<u8>(op.LEAVES + o) - <usize>load<u8>(op.NEEDS + o)) << 5;
          pc++;
          // SSTORE ends a block.
          if (o != op.SSTORE) {
            if (gas < sliceEnd) return leave(f, SLICE_DONE, pc - code, sp - region, gas);
            continue;
          }
        }
      }
      break;
    }
    entering = true;
  }
  // The compiler does not see that the loop has no end.
  return unreachable();
}
