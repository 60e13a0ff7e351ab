// Operations on bytes: copies, hashing, logs. The conventions are those of operations.ts.
import {
  A_CODE_HASH, accountAt, accountOfWord, EMPTY_HASH, ensureAccount, flagsOf, SYSTEM, SYSTEM_CODE,
} from "./accounts";
import { C_BYTES, C_SIZE } from "./code";
import { keccak256, keccakOfPair } from "./keccak";
import {
  appendLog, F_CODE, F_DATA, F_DATA_SIZE, F_MEMORY, memoryRegion, returnData, returnSize, top, touch,
} from "./machine";
import { access, accountCode, isStatic, self } from "./state-operations";
import { MISS_GAS, NO_GAS, RETURN_DATA_OUT_OF_BOUNDS, STATIC_VIOLATION } from "./status";
import { equalWords, fits64, fromBytes, setWord, toBytes } from "./u256";

const HASH: usize = memory.data(32, 16);

// @ts-ignore: decorator
@inline function memoryAt(offset: usize): usize {
  return memoryRegion + <usize>load<u32>(top(), F_MEMORY) + <usize>load<u32>(offset);
}

// @ts-ignore: decorator
@inline function wordsOf(size: usize): i64 {
  return <i64>((load<u64>(size) + 31) >> 5);
}

/** Copies `size` bytes from `source` (which holds `have`) at the offset in a stack word; zeros beyond its end. */
function copyPadded(target: usize, source: usize, have: u32, offset: usize, size: u32): void {
  let n: u32 = 0;
  if (fits64(offset) && load<u64>(offset) < <u64>have) {
    const at = load<u32>(offset);
    n = min(size, have - at);
    memory.copy(target, source + at, n);
  }
  if (n < size) memory.fill(target + n, 0, size - n);
}

/** Memory and word costs of the copying operations, whose operands are (target, source, size). */
// @ts-ignore: decorator
@inline function payCopy(sp: usize, gas: i64): i64 {
  gas = touch(sp - 32, sp - 96, gas);
  return gas < 0 ? gas : max(gas - wordsOf(sp - 96) * 3, NO_GAS);
}

export function callDataLoad(sp: usize): void {
  const f = top();
  const offset = sp - 32;
  const have = <u64>load<u32>(f, F_DATA_SIZE);
  const at = load<u64>(offset);
  if (!fits64(offset) || at >= have) {
    setWord(offset, 0);
    return;
  }
  const source = memoryRegion + <usize>load<u32>(f, F_DATA) + <usize>at;
  if (at + 32 <= have) {
    fromBytes(offset, source);
    return;
  }
  setWord(HASH, 0);
  for (let i: usize = 0; i < <usize>(have - at); i++) store<u8>(HASH + i, load<u8>(source + i));
  fromBytes(offset, HASH);
}

export function callDataCopy(sp: usize, gas: i64): i64 {
  gas = payCopy(sp, gas);
  if (gas < 0 || load<u64>(sp - 96) == 0) return gas;
  const f = top();
  copyPadded(memoryAt(sp - 32), memoryRegion + load<u32>(f, F_DATA), load<u32>(f, F_DATA_SIZE), sp - 64, load<u32>(sp - 96));
  return gas;
}

export function codeCopy(sp: usize, gas: i64): i64 {
  gas = payCopy(sp, gas);
  if (gas < 0 || load<u64>(sp - 96) == 0) return gas;
  const code = load<usize>(top(), F_CODE);
  copyPadded(memoryAt(sp - 32), load<usize>(code, C_BYTES), load<u32>(code, C_SIZE), sp - 64, load<u32>(sp - 96));
  return gas;
}

export function extCodeCopy(sp: usize, gas: i64): i64 {
  const size = sp - 128;
  const account = accountOfWord(sp - 32);
  if (!ensureAccount(account)) return MISS_GAS;
  let bytes: usize = 0;
  let have: u32 = 0;
  if (flagsOf(account) & SYSTEM) {
    bytes = SYSTEM_CODE;
    have = 1;
  } else if (!equalWords(accountAt(account) + A_CODE_HASH, EMPTY_HASH)) {
    const code = accountCode(account);
    if (code == 0) return MISS_GAS;
    bytes = load<usize>(code, C_BYTES);
    have = load<u32>(code, C_SIZE);
  }
  gas = touch(sp - 64, size, gas);
  if (gas < 0) return gas;
  gas = access(account, gas - wordsOf(size) * 3);
  if (gas < 0) return NO_GAS;
  if (load<u64>(size) == 0) return gas;
  copyPadded(memoryAt(sp - 64), bytes, have, sp - 96, load<u32>(size));
  return gas;
}

/** Whether the operands (target, offset, size) stay inside the return data. */
export function withinReturnData(sp: usize): bool {
  const offset = sp - 64, size = sp - 96;
  if (!fits64(offset) || !fits64(size)) return false;
  const from = load<u64>(offset);
  return from <= <u64>returnSize && load<u64>(size) <= <u64>returnSize - from;
}

export function returnDataCopy(sp: usize, gas: i64): i64 {
  if (!withinReturnData(sp)) return -<i64>RETURN_DATA_OUT_OF_BOUNDS;
  const from = load<u64>(sp - 64), n = load<u64>(sp - 96);
  gas = payCopy(sp, gas);
  if (gas < 0 || n == 0) return gas;
  memory.copy(memoryAt(sp - 32), returnData + <usize>from, <usize>n);
  return gas;
}

export function mcopy(sp: usize, gas: i64): i64 {
  const size = sp - 96;
  gas = touch(sp - 64, size, gas);
  if (gas < 0) return gas;
  gas = payCopy(sp, gas);
  if (gas < 0 || load<u64>(size) == 0) return gas;
  memory.copy(memoryAt(sp - 32), memoryAt(sp - 64), load<u32>(size));
  return gas;
}

export function keccakOp(sp: usize, gas: i64): i64 {
  const size = sp - 64;
  gas = touch(sp - 32, size, gas);
  if (gas < 0) return gas;
  gas -= wordsOf(size) * 6;
  if (gas < 0) return NO_GAS;
  const n = load<u32>(size);
  if (n == 64) {
    keccakOfPair(memoryAt(sp - 32), size);
    return gas;
  }
  keccak256(n == 0 ? 0 : memoryAt(sp - 32), n, HASH);
  fromBytes(size, HASH);
  return gas;
}

export function log(sp: usize, topics: u32, gas: i64): i64 {
  if (isStatic()) return -<i64>STATIC_VIOLATION;
  const size = sp - 64;
  gas = touch(sp - 32, size, gas);
  if (gas < 0) return gas;
  gas -= <i64>load<u64>(size) * 8;
  if (gas < 0) return NO_GAS;
  const n = load<u32>(size);
  let at = appendLog(self(), topics, n);
  for (let i: u32 = 0; i < topics; i++) {
    toBytes(at, sp - 96 - <usize>(i << 5));
    at += 32;
  }
  if (n != 0) memory.copy(at, memoryAt(sp - 32), n);
  return gas;
}
