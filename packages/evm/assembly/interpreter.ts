// The loop over opcodes. run<u8> trusts block checks; run<u16> checks every operation, and is entered only for frames
// that are about to fail, to find out at which operation and how (and by the tracing build).
import { blockAt, C_BYTES, C_META, C_SIZE, gasToBlockEnd } from "./code";
import {
  depth, ENTER, expand, F_ACCOUNT, F_CALLER, F_CODE, F_DATA_SIZE, F_FLAGS, F_GAS, F_MEMORY, F_MEMORY_SIZE, F_PC, F_SP, F_STACK,
  F_VALUE, clearReturn, memoryRegion, MEMORY_LIMIT, returnSize, setReturn, STACK_BYTES, stackRegion, STATIC, top, touch,
} from "./machine";
import {
  blobCount, blobs, ENV, ENV_BASE_FEE, ENV_BLOB_BASE_FEE, ENV_CHAIN_ID, ENV_COINBASE, ENV_GAS_LIMIT, ENV_GAS_PRICE, ENV_NUMBER,
  ENV_ORIGIN, ENV_RANDAO, ENV_TIMESTAMP,
} from "./environment";
import * as op from "./opcodes";
import {
  balance, blockHash, callDataCopy, callDataLoad, codeCopy, extCodeCopy, extCodeHash, extCodeSize, keccakOp, log, mcopy,
  returnDataCopy, selfBalance, selfDestruct, sload, sstore, tload, tstore, withinReturnData,
} from "./operations";
import { addressWord, fork } from "./state";
import {
  CALL_REQUEST, CAREFUL, CREATE_REQUEST, INVALID_JUMP, INVALID_OPCODE, MISS_GAS, MISSING, NO_GAS, OUT_OF_GAS, RETURN_DATA_OUT_OF_BOUNDS,
  REVERTED, SLICE_DONE,  STACK_OVERFLOW, STACK_UNDERFLOW, STATIC_VIOLATION, STOPPED,
} from "./status";
import { reportStep, TRACING } from "./tracing";
import {
  add, addmod, below, byteLength, copyWord, countLeadingZeros, div, equalWords, exp, fits64, fromBytes, fromImmediate, isZero, mod, mul, mulmod,
  sdiv, setWord, shl, shr, signedBelow, signExtend, smod, sub, toBytes,
} from "./u256";

/** Jumps taken before the loop returns once, so that long loops get the optimised code and can be interrupted. */
const SLICE: i32 = 20000;

function leave(f: usize, status: i32, pc: usize, sp: usize, gas: i64): i32 {
  store<u32>(f, <u32>pc, F_PC);
  store<u32>(f, <u32>sp, F_SP);
  store<i64>(f, gas, F_GAS);
  return status;
}

/** An operation returned `result` instead of gas; `gas` and `msize` are what the frame had before it. */
function failed<M>(f: usize, result: i64, pc: usize, sp: usize, gas: i64, msize: u64): i32 {
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
function check(code: u32, sp: usize, height: usize, gas: i64): i64 {
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
@inline function fitsBlock(m: u64, height: usize, gas: i64): bool {
  return gas >= <i64>(m & 0xffffffff) && height >= <usize>((m >> 32) & 0xffff)
    && height + <usize>((m >> 43) & 0xffe0) <= STACK_BYTES;
}

// @ts-ignore: decorator
@inline function swap(a: usize, b: usize): void {
  const a0 = load<u64>(a), a1 = load<u64>(a, 8), a2 = load<u64>(a, 16), a3 = load<u64>(a, 24);
  copyWord(a, b);
  store<u64>(b, a0);
  store<u64>(b, a1, 8);
  store<u64>(b, a2, 16);
  store<u64>(b, a3, 24);
}

export function run<M>(): i32 {
  const f = top();
  const record = load<usize>(f, F_CODE);
  const code = load<usize>(record, C_BYTES);
  const meta = load<usize>(record, C_META);
  const size = <u64>load<u32>(record, C_SIZE);
  const region = stackRegion;
  const floor = region + <usize>load<u32>(f, F_STACK);
  let sp = region + <usize>load<u32>(f, F_SP);
  let pc = code + <usize>load<u32>(f, F_PC);
  let gas = load<i64>(f, F_GAS);
  let mem = memoryRegion + <usize>load<u32>(f, F_MEMORY);
  let msize = <u64>load<u32>(f, F_MEMORY_SIZE);
  let before: i64 = 0;
  let budget = SLICE;
  if (load<u32>(f, F_FLAGS) & ENTER) {
    store<u32>(f, load<u32>(f, F_FLAGS) & ~ENTER, F_FLAGS);
    if (sizeof<M>() == 1) {
      const m = blockAt(meta, code, size, pc - code);
      if (!fitsBlock(m, sp - floor, gas)) return leave(f, CAREFUL, pc - code, sp - region, gas);
      gas -= <i64>(m & 0xffffffff);
      pc += <usize>(m >> 63);
    }
  }
  for (;;) {
    const o = <u32>load<u8>(pc);
    if (sizeof<M>() == 2) {
      if (TRACING) reportStep(pc - code, o, gas, floor, sp - floor, mem, <u32>msize);
      before = gas;
      gas = check(o, sp, sp - floor, gas);
      if (gas < 0) return <i32>(-gas);
    }
    switch (o) {
      case op.STOP: {
        clearReturn();
        return leave(f, STOPPED, 0, 0, gas);
      }
      case op.ADD: {
        add(sp - 64, sp - 32, sp - 64);
        sp -= 32;
        pc++;
        continue;
      }
      case op.MUL: {
        mul(sp - 64, sp - 32, sp - 64);
        sp -= 32;
        pc++;
        continue;
      }
      case op.SUB: {
        sub(sp - 64, sp - 32, sp - 64);
        sp -= 32;
        pc++;
        continue;
      }
      case op.DIV: {
        div(sp - 64, sp - 32, sp - 64);
        sp -= 32;
        pc++;
        continue;
      }
      case op.SDIV: {
        sdiv(sp - 64, sp - 32, sp - 64);
        sp -= 32;
        pc++;
        continue;
      }
      case op.MOD: {
        mod(sp - 64, sp - 32, sp - 64);
        sp -= 32;
        pc++;
        continue;
      }
      case op.SMOD: {
        smod(sp - 64, sp - 32, sp - 64);
        sp -= 32;
        pc++;
        continue;
      }
      case op.ADDMOD: {
        addmod(sp - 96, sp - 32, sp - 64, sp - 96);
        sp -= 64;
        pc++;
        continue;
      }
      case op.MULMOD: {
        mulmod(sp - 96, sp - 32, sp - 64, sp - 96);
        sp -= 64;
        pc++;
        continue;
      }
      case op.EXP: {
        const left = gas - <i64>byteLength(sp - 64) * 50 < 0 ? NO_GAS : gas - <i64>byteLength(sp - 64) * 50;
        if (left < 0) return failed<M>(f, left, pc - code, sp - region, sizeof<M>() == 2 ? before : gas, msize);
        gas = left;
        exp(sp - 64, sp - 32, sp - 64);
        sp -= 32;
        pc++;
        continue;
      }
      case op.SIGNEXTEND: {
        signExtend(sp - 64, sp - 32, sp - 64);
        sp -= 32;
        pc++;
        continue;
      }
      case op.LT: {
        setWord(sp - 64, <u64>below(sp - 32, sp - 64));
        sp -= 32;
        pc++;
        continue;
      }
      case op.GT: {
        setWord(sp - 64, <u64>below(sp - 64, sp - 32));
        sp -= 32;
        pc++;
        continue;
      }
      case op.SLT: {
        setWord(sp - 64, <u64>signedBelow(sp - 32, sp - 64));
        sp -= 32;
        pc++;
        continue;
      }
      case op.SGT: {
        setWord(sp - 64, <u64>signedBelow(sp - 64, sp - 32));
        sp -= 32;
        pc++;
        continue;
      }
      case op.EQ: {
        setWord(sp - 64, <u64>equalWords(sp - 32, sp - 64));
        sp -= 32;
        pc++;
        continue;
      }
      case op.ISZERO: {
        setWord(sp - 32, <u64>isZero(sp - 32));
        pc++;
        continue;
      }
      case op.AND: {
        store<u64>(sp - 64, load<u64>(sp - 32) & load<u64>(sp - 64));
        store<u64>(sp - 64, load<u64>(sp - 32, 8) & load<u64>(sp - 64, 8), 8);
        store<u64>(sp - 64, load<u64>(sp - 32, 16) & load<u64>(sp - 64, 16), 16);
        store<u64>(sp - 64, load<u64>(sp - 32, 24) & load<u64>(sp - 64, 24), 24);
        sp -= 32;
        pc++;
        continue;
      }
      case op.OR: {
        store<u64>(sp - 64, load<u64>(sp - 32) | load<u64>(sp - 64));
        store<u64>(sp - 64, load<u64>(sp - 32, 8) | load<u64>(sp - 64, 8), 8);
        store<u64>(sp - 64, load<u64>(sp - 32, 16) | load<u64>(sp - 64, 16), 16);
        store<u64>(sp - 64, load<u64>(sp - 32, 24) | load<u64>(sp - 64, 24), 24);
        sp -= 32;
        pc++;
        continue;
      }
      case op.XOR: {
        store<u64>(sp - 64, load<u64>(sp - 32) ^ load<u64>(sp - 64));
        store<u64>(sp - 64, load<u64>(sp - 32, 8) ^ load<u64>(sp - 64, 8), 8);
        store<u64>(sp - 64, load<u64>(sp - 32, 16) ^ load<u64>(sp - 64, 16), 16);
        store<u64>(sp - 64, load<u64>(sp - 32, 24) ^ load<u64>(sp - 64, 24), 24);
        sp -= 32;
        pc++;
        continue;
      }
      case op.NOT: {
        store<u64>(sp - 32, ~load<u64>(sp - 32));
        store<u64>(sp - 32, ~load<u64>(sp - 32, 8), 8);
        store<u64>(sp - 32, ~load<u64>(sp - 32, 16), 16);
        store<u64>(sp - 32, ~load<u64>(sp - 32, 24), 24);
        pc++;
        continue;
      }
      case op.BYTE: {
        const i = load<u64>(sp - 32);
        setWord(sp - 64, fits64(sp - 32) && i < 32 ? <u64>load<u8>(sp - 33 - <usize>i) : 0);
        sp -= 32;
        pc++;
        continue;
      }
      case op.SHL: {
        if (fits64(sp - 32) && load<u64>(sp - 32) < 256) shl(sp - 64, sp - 64, load<u32>(sp - 32));
        else setWord(sp - 64, 0);
        sp -= 32;
        pc++;
        continue;
      }
      case op.SHR: {
        if (fits64(sp - 32) && load<u64>(sp - 32) < 256) shr(sp - 64, sp - 64, load<u32>(sp - 32), 0);
        else setWord(sp - 64, 0);
        sp -= 32;
        pc++;
        continue;
      }
      case op.SAR: {
        const fill = <u64>(load<i64>(sp - 64, 24) >> 63);
        if (fits64(sp - 32) && load<u64>(sp - 32) < 256) {
          shr(sp - 64, sp - 64, load<u32>(sp - 32), fill);
        } else {
          setWord(sp - 64, fill);
          store<u64>(sp - 64, fill, 8);
          store<u64>(sp - 64, fill, 16);
          store<u64>(sp - 64, fill, 24);
        }
        sp -= 32;
        pc++;
        continue;
      }
      case op.CLZ: {
        if (sizeof<M>() == 1 && fork < 3) return INVALID_OPCODE;
        setWord(sp - 32, countLeadingZeros(sp - 32));
        pc++;
        continue;
      }
      case op.KECCAK256: {
        const left = keccakOp(sp, gas);
        if (left < 0) return failed<M>(f, left, pc - code, sp - region, sizeof<M>() == 2 ? before : gas, msize);
        gas = left;
        mem = memoryRegion + <usize>load<u32>(f, F_MEMORY);
        msize = <u64>load<u32>(f, F_MEMORY_SIZE);
        sp -= 32;
        pc++;
        continue;
      }
      case op.ADDRESS: {
        addressWord(sp, load<u32>(f, F_ACCOUNT));
        sp += 32;
        pc++;
        continue;
      }
      case op.BALANCE: {
        const left = balance(sp, gas);
        if (left < 0) return failed<M>(f, left, pc - code, sp - region, sizeof<M>() == 2 ? before : gas, msize);
        gas = left;
        pc++;
        continue;
      }
      case op.ORIGIN: {
        copyWord(sp, ENV + ENV_ORIGIN);
        sp += 32;
        pc++;
        continue;
      }
      case op.CALLER: {
        addressWord(sp, load<u32>(f, F_CALLER));
        sp += 32;
        pc++;
        continue;
      }
      case op.CALLVALUE: {
        copyWord(sp, f + F_VALUE);
        sp += 32;
        pc++;
        continue;
      }
      case op.CALLDATALOAD: {
        callDataLoad(sp);
        pc++;
        continue;
      }
      case op.CALLDATASIZE: {
        setWord(sp, <u64>load<u32>(f, F_DATA_SIZE));
        sp += 32;
        pc++;
        continue;
      }
      case op.CALLDATACOPY: {
        const left = callDataCopy(sp, gas);
        if (left < 0) return failed<M>(f, left, pc - code, sp - region, sizeof<M>() == 2 ? before : gas, msize);
        gas = left;
        mem = memoryRegion + <usize>load<u32>(f, F_MEMORY);
        msize = <u64>load<u32>(f, F_MEMORY_SIZE);
        sp -= 96;
        pc++;
        continue;
      }
      case op.CODESIZE: {
        setWord(sp, size);
        sp += 32;
        pc++;
        continue;
      }
      case op.CODECOPY: {
        const left = codeCopy(sp, gas);
        if (left < 0) return failed<M>(f, left, pc - code, sp - region, sizeof<M>() == 2 ? before : gas, msize);
        gas = left;
        mem = memoryRegion + <usize>load<u32>(f, F_MEMORY);
        msize = <u64>load<u32>(f, F_MEMORY_SIZE);
        sp -= 96;
        pc++;
        continue;
      }
      case op.GASPRICE: {
        copyWord(sp, ENV + ENV_GAS_PRICE);
        sp += 32;
        pc++;
        continue;
      }
      case op.EXTCODESIZE: {
        const left = extCodeSize(sp, gas);
        if (left < 0) return failed<M>(f, left, pc - code, sp - region, sizeof<M>() == 2 ? before : gas, msize);
        gas = left;
        pc++;
        continue;
      }
      case op.EXTCODECOPY: {
        const left = extCodeCopy(sp, gas);
        if (left < 0) return failed<M>(f, left, pc - code, sp - region, sizeof<M>() == 2 ? before : gas, msize);
        gas = left;
        mem = memoryRegion + <usize>load<u32>(f, F_MEMORY);
        msize = <u64>load<u32>(f, F_MEMORY_SIZE);
        sp -= 128;
        pc++;
        continue;
      }
      case op.RETURNDATASIZE: {
        setWord(sp, <u64>returnSize);
        sp += 32;
        pc++;
        continue;
      }
      case op.RETURNDATACOPY: {
        const left = returnDataCopy(sp, gas);
        if (left < 0) return failed<M>(f, left, pc - code, sp - region, sizeof<M>() == 2 ? before : gas, msize);
        gas = left;
        mem = memoryRegion + <usize>load<u32>(f, F_MEMORY);
        msize = <u64>load<u32>(f, F_MEMORY_SIZE);
        sp -= 96;
        pc++;
        continue;
      }
      case op.EXTCODEHASH: {
        const left = extCodeHash(sp, gas);
        if (left < 0) return failed<M>(f, left, pc - code, sp - region, sizeof<M>() == 2 ? before : gas, msize);
        gas = left;
        pc++;
        continue;
      }
      case op.BLOCKHASH: {
        blockHash(sp, ENV + ENV_NUMBER);
        pc++;
        continue;
      }
      case op.COINBASE: {
        copyWord(sp, ENV + ENV_COINBASE);
        sp += 32;
        pc++;
        continue;
      }
      case op.TIMESTAMP: {
        copyWord(sp, ENV + ENV_TIMESTAMP);
        sp += 32;
        pc++;
        continue;
      }
      case op.NUMBER: {
        copyWord(sp, ENV + ENV_NUMBER);
        sp += 32;
        pc++;
        continue;
      }
      case op.PREVRANDAO: {
        copyWord(sp, ENV + ENV_RANDAO);
        sp += 32;
        pc++;
        continue;
      }
      case op.GASLIMIT: {
        copyWord(sp, ENV + ENV_GAS_LIMIT);
        sp += 32;
        pc++;
        continue;
      }
      case op.CHAINID: {
        copyWord(sp, ENV + ENV_CHAIN_ID);
        sp += 32;
        pc++;
        continue;
      }
      case op.BASEFEE: {
        copyWord(sp, ENV + ENV_BASE_FEE);
        sp += 32;
        pc++;
        continue;
      }
      case op.SELFBALANCE: {
        const left = selfBalance(sp, gas);
        if (left < 0) return failed<M>(f, left, pc - code, sp - region, sizeof<M>() == 2 ? before : gas, msize);
        gas = left;
        sp += 32;
        pc++;
        continue;
      }
      case op.BLOBHASH: {
        if (sizeof<M>() == 1 && fork < 1) return INVALID_OPCODE;
        if (fits64(sp - 32) && load<u64>(sp - 32) < <u64>blobCount) fromBytes(sp - 32, blobs + (<usize>load<u32>(sp - 32) << 5));
        else setWord(sp - 32, 0);
        pc++;
        continue;
      }
      case op.BLOBBASEFEE: {
        if (sizeof<M>() == 1 && fork < 1) return INVALID_OPCODE;
        copyWord(sp, ENV + ENV_BLOB_BASE_FEE);
        sp += 32;
        pc++;
        continue;
      }
      case op.POP: {
        sp -= 32;
        pc++;
        continue;
      }
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
      case op.SLOAD: {
        const left = sload(sp, gas);
        if (left < 0) return failed<M>(f, left, pc - code, sp - region, sizeof<M>() == 2 ? before : gas, msize);
        gas = left;
        pc++;
        continue;
      }
      case op.SSTORE: {
        const left = sstore(sp, gas);
        if (left < 0) return failed<M>(f, left, pc - code, sp - region, sizeof<M>() == 2 ? before : gas, msize);
        gas = left;
        sp -= 64;
        pc++;
        if (sizeof<M>() == 1) {
          const m = blockAt(meta, code, size, pc - code);
          if (!fitsBlock(m, sp - floor, gas)) return leave(f, CAREFUL, pc - code, sp - region, gas);
          gas -= <i64>(m & 0xffffffff);
          pc += <usize>(m >> 63);
        }
        continue;
      }
      case op.JUMP: {
        const to = load<u64>(sp - 32);
        if (!fits64(sp - 32) || to >= size) return INVALID_JUMP;
        sp -= 32;
        let m = load<u64>(meta + (<usize>to << 3));
        if (<i64>m >= 0) return INVALID_JUMP;
        budget--;
        if (budget == 0) return leave(f, SLICE_DONE, <usize>to, sp - region, gas);
        if (sizeof<M>() == 2) {
          pc = code + <usize>to;
          continue;
        }
        m = blockAt(meta, code, size, <usize>to);
        if (!fitsBlock(m, sp - floor, gas)) return leave(f, CAREFUL, <usize>to, sp - region, gas);
        gas -= <i64>(m & 0xffffffff);
        pc = code + <usize>to + 1;
        continue;
      }
      case op.JUMPI: {
        sp -= 64;
        if (!isZero(sp)) {
          const to = load<u64>(sp, 32);
          if (!fits64(sp + 32) || to >= size) return INVALID_JUMP;
          let m = load<u64>(meta + (<usize>to << 3));
          if (<i64>m >= 0) return INVALID_JUMP;
          budget--;
          if (budget == 0) return leave(f, SLICE_DONE, <usize>to, sp - region, gas);
          if (sizeof<M>() == 2) {
            pc = code + <usize>to;
            continue;
          }
          m = blockAt(meta, code, size, <usize>to);
        if (!fitsBlock(m, sp - floor, gas)) return leave(f, CAREFUL, <usize>to, sp - region, gas);
          gas -= <i64>(m & 0xffffffff);
          pc = code + <usize>to + 1;
          continue;
        }
        pc++;
        if (sizeof<M>() == 1) {
          const m = blockAt(meta, code, size, pc - code);
          if (!fitsBlock(m, sp - floor, gas)) return leave(f, CAREFUL, pc - code, sp - region, gas);
          gas -= <i64>(m & 0xffffffff);
          pc += <usize>(m >> 63);
        }
        continue;
      }
      case op.PC: {
        setWord(sp, <u64>(pc - code));
        sp += 32;
        pc++;
        continue;
      }
      case op.MSIZE: {
        setWord(sp, msize);
        sp += 32;
        pc++;
        continue;
      }
      case op.GAS: {
        setWord(sp, <u64>gas);
        sp += 32;
        pc++;
        if (sizeof<M>() == 1) {
          const m = blockAt(meta, code, size, pc - code);
          if (!fitsBlock(m, sp - floor, gas)) return leave(f, CAREFUL, pc - code, sp - region, gas);
          gas -= <i64>(m & 0xffffffff);
          pc += <usize>(m >> 63);
        }
        continue;
      }
      case op.JUMPDEST: {
        if (sizeof<M>() == 1) {
          const m = blockAt(meta, code, size, pc - code);
          if (!fitsBlock(m, sp - floor, gas)) return leave(f, CAREFUL, pc - code, sp - region, gas);
          gas -= <i64>(m & 0xffffffff);
        }
        pc++;
        continue;
      }
      case op.TLOAD: {
        if (sizeof<M>() == 1 && fork < 1) return INVALID_OPCODE;
        tload(sp);
        pc++;
        continue;
      }
      case op.TSTORE: {
        if (sizeof<M>() == 1) {
          if (fork < 1) return INVALID_OPCODE;
          if (load<u32>(f, F_FLAGS) & STATIC) return STATIC_VIOLATION;
        }
        tstore(sp);
        sp -= 64;
        pc++;
        continue;
      }
      case op.MCOPY: {
        if (sizeof<M>() == 1 && fork < 1) return INVALID_OPCODE;
        const left = mcopy(sp, gas);
        if (left < 0) return failed<M>(f, left, pc - code, sp - region, sizeof<M>() == 2 ? before : gas, msize);
        gas = left;
        mem = memoryRegion + <usize>load<u32>(f, F_MEMORY);
        msize = <u64>load<u32>(f, F_MEMORY_SIZE);
        sp -= 96;
        pc++;
        continue;
      }
      case op.PUSH0: {
        setWord(sp, 0);
        sp += 32;
        pc++;
        continue;
      }
      case op.PUSH1: {
        setWord(sp, <u64>load<u8>(pc, 1));
        sp += 32;
        pc += 2;
        continue;
      }
      case op.PUSH2: {
        setWord(sp, <u64>bswap<u16>(load<u16>(pc, 1)));
        sp += 32;
        pc += 3;
        continue;
      }
      case op.PUSH3: {
        setWord(sp, <u64>(bswap<u32>(load<u32>(pc, 1)) >> 8));
        sp += 32;
        pc += 4;
        continue;
      }
      case op.PUSH4: {
        setWord(sp, <u64>bswap<u32>(load<u32>(pc, 1)));
        sp += 32;
        pc += 5;
        continue;
      }
      case op.PUSH32: {
        fromBytes(sp, pc + 1);
        sp += 32;
        pc += 33;
        continue;
      }
      case 0x64:
      case 0x65:
      case 0x66:
      case 0x67:
      case 0x68:
      case 0x69:
      case 0x6a:
      case 0x6b:
      case 0x6c:
      case 0x6d:
      case 0x6e:
      case 0x6f:
      case 0x70:
      case 0x71:
      case 0x72:
      case 0x73:
      case 0x74:
      case 0x75:
      case 0x76:
      case 0x77:
      case 0x78:
      case 0x79:
      case 0x7a:
      case 0x7b:
      case 0x7c:
      case 0x7d:
      case 0x7e: {
        const n = o - 0x5f;
        fromImmediate(sp, pc + 1 + n, n);
        sp += 32;
        pc += 1 + n;
        continue;
      }
      case 0x80:
        copyWord(sp, sp - 32);
        sp += 32;
        pc++;
        continue;
      case 0x81:
        copyWord(sp, sp - 64);
        sp += 32;
        pc++;
        continue;
      case 0x82:
        copyWord(sp, sp - 96);
        sp += 32;
        pc++;
        continue;
      case 0x83:
        copyWord(sp, sp - 128);
        sp += 32;
        pc++;
        continue;
      case 0x84:
        copyWord(sp, sp - 160);
        sp += 32;
        pc++;
        continue;
      case 0x85:
        copyWord(sp, sp - 192);
        sp += 32;
        pc++;
        continue;
      case 0x86:
        copyWord(sp, sp - 224);
        sp += 32;
        pc++;
        continue;
      case 0x87:
        copyWord(sp, sp - 256);
        sp += 32;
        pc++;
        continue;
      case 0x88:
        copyWord(sp, sp - 288);
        sp += 32;
        pc++;
        continue;
      case 0x89:
        copyWord(sp, sp - 320);
        sp += 32;
        pc++;
        continue;
      case 0x8a:
        copyWord(sp, sp - 352);
        sp += 32;
        pc++;
        continue;
      case 0x8b:
        copyWord(sp, sp - 384);
        sp += 32;
        pc++;
        continue;
      case 0x8c:
        copyWord(sp, sp - 416);
        sp += 32;
        pc++;
        continue;
      case 0x8d:
        copyWord(sp, sp - 448);
        sp += 32;
        pc++;
        continue;
      case 0x8e:
        copyWord(sp, sp - 480);
        sp += 32;
        pc++;
        continue;
      case 0x8f:
        copyWord(sp, sp - 512);
        sp += 32;
        pc++;
        continue;
      case 0x90:
        swap(sp - 32, sp - 64);
        pc++;
        continue;
      case 0x91:
        swap(sp - 32, sp - 96);
        pc++;
        continue;
      case 0x92:
        swap(sp - 32, sp - 128);
        pc++;
        continue;
      case 0x93:
        swap(sp - 32, sp - 160);
        pc++;
        continue;
      case 0x94:
        swap(sp - 32, sp - 192);
        pc++;
        continue;
      case 0x95:
        swap(sp - 32, sp - 224);
        pc++;
        continue;
      case 0x96:
        swap(sp - 32, sp - 256);
        pc++;
        continue;
      case 0x97:
        swap(sp - 32, sp - 288);
        pc++;
        continue;
      case 0x98:
        swap(sp - 32, sp - 320);
        pc++;
        continue;
      case 0x99:
        swap(sp - 32, sp - 352);
        pc++;
        continue;
      case 0x9a:
        swap(sp - 32, sp - 384);
        pc++;
        continue;
      case 0x9b:
        swap(sp - 32, sp - 416);
        pc++;
        continue;
      case 0x9c:
        swap(sp - 32, sp - 448);
        pc++;
        continue;
      case 0x9d:
        swap(sp - 32, sp - 480);
        pc++;
        continue;
      case 0x9e:
        swap(sp - 32, sp - 512);
        pc++;
        continue;
      case 0x9f:
        swap(sp - 32, sp - 544);
        pc++;
        continue;
      case 0xa0:
      case 0xa1:
      case 0xa2:
      case 0xa3:
      case 0xa4: {
        const left = log(sp, o - 0xa0, gas);
        if (left < 0) return failed<M>(f, left, pc - code, sp - region, sizeof<M>() == 2 ? before : gas, msize);
        gas = left;
        mem = memoryRegion + <usize>load<u32>(f, F_MEMORY);
        msize = <u64>load<u32>(f, F_MEMORY_SIZE);
        sp -= 64 + (<usize>(o - 0xa0) << 5);
        pc++;
        continue;
      }
      case op.CREATE:
      case op.CREATE2: {
        return leave(f, CREATE_REQUEST, pc - code, sp - region, gas);
      }
      case op.CALL:
      case op.CALLCODE:
      case op.DELEGATECALL:
      case op.STATICCALL: {
        return leave(f, CALL_REQUEST, pc - code, sp - region, gas);
      }
      case op.RETURN:
      case op.REVERT: {
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
      default:
        return INVALID_OPCODE;
    }
  }
}
