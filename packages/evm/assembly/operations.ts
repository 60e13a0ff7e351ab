// Operations that touch state, hashing, copies or logs. Each takes the gas left and returns what is left after it,
// NO_GAS, MISS_GAS (nothing has changed: run it again after the load) or a negated frame outcome.
import { codeOf, C_BYTES, C_SIZE } from "./code";
import { hostBlockHash } from "./host";
import { keccak256, keccakOfPair } from "./keccak";
import {
  appendLog, F_ACCOUNT, F_CODE, F_DATA, F_DATA_SIZE, F_FLAGS, F_MEMORY, memoryRegion, refund, returnData, returnSize, setRefund,
  STATIC, top, touch,
} from "./machine";
import {
  A_BALANCE, A_CODE, A_CODE_HASH, accountAt, accountOfWord, addBalance, clearBalance, CREATED, DESTRUCTED, EMPTY_HASH,
  ensureAccount, flagsOf, fork, isDead, MISS, S_ORIGINAL, S_VALUE, setFlags, setSlot, slotAt, slotOf, subBalance, SYSTEM, SYSTEM_CODE, SYSTEM_HASH, TOUCHED,
  transientOf, WARM, warmAccount, warmSlot,
} from "./state";
import { MISS_GAS, NO_GAS, RETURN_DATA_OUT_OF_BOUNDS, STATIC_VIOLATION } from "./status";
import { copyWord, equalWords, fits64, fromBytes, isZero, setWord, toBytes } from "./u256";

const HASH: usize = memory.data(32, 16);

export const NEGATED_STATIC: i64 = -7;
const NEGATED_RETURN_DATA: i64 = -8;

function isStatic(): bool {
  return (load<u32>(top(), F_FLAGS) & STATIC) != 0;
}

// @ts-ignore: decorator
@inline function self(): u32 {
  return load<u32>(top(), F_ACCOUNT);
}

// @ts-ignore: decorator
@inline function memoryAt(offset: usize): usize {
  return memoryRegion + <usize>load<u32>(top(), F_MEMORY) + <usize>load<u32>(offset);
}

// @ts-ignore: decorator
@inline function wordsOf(size: usize): i64 {
  return <i64>((load<u64>(size) + 31) >> 5);
}

export function sload(sp: usize, gas: i64): i64 {
  const key = sp - 32;
  const slot = slotOf(self(), key);
  if (slot == MISS) return MISS_GAS;
  if ((load<u32>(slotAt(slot), 100) & WARM) == 0) {
    gas -= 2000;
    if (gas < 0) return NO_GAS;
    warmSlot(slot);
  }
  copyWord(key, slotAt(slot) + S_VALUE);
  return gas;
}

/** EIP-2200 with the prices of EIP-2929 and the refunds of EIP-3529. */
export function sstore(sp: usize, gas: i64): i64 {
  if (isStatic()) return NEGATED_STATIC;
  if (gas <= 2300) return NO_GAS;
  const value = sp - 64;
  const slot = slotOf(self(), sp - 32);
  if (slot == MISS) return MISS_GAS;
  const r = slotAt(slot);
  const current = r + S_VALUE;
  const original = r + S_ORIGINAL;
  let cost: i64 = (load<u32>(r, 100) & WARM) ? 0 : 2100;
  let back: i64 = 0;
  const same = equalWords(current, value);
  if (same) {
    cost += 100;
  } else if (equalWords(original, current)) {
    if (isZero(original)) cost += 20000;
    else {
      cost += 2900;
      if (isZero(value)) back = 4800;
    }
  } else {
    cost += 100;
    if (!isZero(original)) {
      if (isZero(current)) back = -4800;
      else if (isZero(value)) back = 4800;
    }
    if (equalWords(original, value)) back += isZero(original) ? 19900 : 2800;
  }
  gas -= cost;
  if (gas < 0) return NO_GAS;
  warmSlot(slot);
  if (!same) setSlot(slot, value);
  setRefund(refund + back);
  return gas;
}

export function tload(sp: usize): void {
  copyWord(sp - 32, slotAt(transientOf(self(), sp - 32)) + S_VALUE);
}

export function tstore(sp: usize): void {
  setSlot(transientOf(self(), sp - 32), sp - 64);
}

/** Takes the price of a cold account; the warm price of 100 is static. */
function access(account: u32, gas: i64): i64 {
  if (flagsOf(account) & WARM) return gas;
  gas -= 2500;
  if (gas < 0) return NO_GAS;
  warmAccount(account);
  return gas;
}

export function balance(sp: usize, gas: i64): i64 {
  const account = accountOfWord(sp - 32);
  if (!ensureAccount(account)) return MISS_GAS;
  gas = access(account, gas);
  if (gas >= 0) copyWord(sp - 32, accountAt(account) + A_BALANCE);
  return gas;
}

export function selfBalance(sp: usize, gas: i64): i64 {
  const account = self();
  if (!ensureAccount(account)) return MISS_GAS;
  copyWord(sp, accountAt(account) + A_BALANCE);
  return gas;
}

/** Code record of a loaded account; 0 when the host must load the code first. */
export function accountCode(account: u32): usize {
  const r = accountAt(account);
  const code = codeOf(r + A_CODE_HASH, load<usize>(r, A_CODE));
  if (code != 0) store<usize>(accountAt(account), code, A_CODE);
  return code;
}

export function extCodeSize(sp: usize, gas: i64): i64 {
  const account = accountOfWord(sp - 32);
  if (!ensureAccount(account)) return MISS_GAS;
  let size: u32 = 0;
  if (flagsOf(account) & SYSTEM) {
    size = 1;
  } else if (!equalWords(accountAt(account) + A_CODE_HASH, EMPTY_HASH)) {
    const code = accountCode(account);
    if (code == 0) return MISS_GAS;
    size = load<u32>(code, C_SIZE);
  }
  gas = access(account, gas);
  if (gas >= 0) setWord(sp - 32, <u64>size);
  return gas;
}

export function extCodeHash(sp: usize, gas: i64): i64 {
  const account = accountOfWord(sp - 32);
  if (!ensureAccount(account)) return MISS_GAS;
  gas = access(account, gas);
  if (gas < 0) return gas;
  if (flagsOf(account) & SYSTEM) fromBytes(sp - 32, SYSTEM_HASH);
  else if (isDead(account)) setWord(sp - 32, 0);
  else fromBytes(sp - 32, accountAt(account) + A_CODE_HASH);
  return gas;
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

/** Memory and word costs of the copying operations, whose operands are (target, source, size). */
// @ts-ignore: decorator
@inline function payCopy(sp: usize, gas: i64): i64 {
  gas = touch(sp - 32, sp - 96, gas);
  return gas < 0 ? gas : max(gas - wordsOf(sp - 96) * 3, NO_GAS);
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

/** Whether the operands (target, offset, size) stay inside the return data. */
export function withinReturnData(sp: usize): bool {
  const offset = sp - 64, size = sp - 96;
  if (!fits64(offset) || !fits64(size)) return false;
  const from = load<u64>(offset);
  return from <= <u64>returnSize && load<u64>(size) <= <u64>returnSize - from;
}

export function returnDataCopy(sp: usize, gas: i64): i64 {
  if (!withinReturnData(sp)) return NEGATED_RETURN_DATA;
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

/** The last 256 blocks only; `number` is the stack word of the running block. */
export function blockHash(sp: usize, number: usize): void {
  const at = sp - 32;
  const n = load<u64>(at), current = load<u64>(number);
  if (!fits64(at) || n >= current || current - n > 256) {
    setWord(at, 0);
    return;
  }
  hostBlockHash(n, HASH);
  fromBytes(at, HASH);
}

export function log(sp: usize, topics: u32, gas: i64): i64 {
  if (isStatic()) return NEGATED_STATIC;
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

/** Cancun and later destroy only what this execution created (EIP-6780). */
export function selfDestruct(sp: usize, gas: i64): i64 {
  if (isStatic()) return NEGATED_STATIC;
  const account = self();
  const heir = accountOfWord(sp - 32);
  if (!ensureAccount(account) || !ensureAccount(heir)) return MISS_GAS;
  const amount = accountAt(account) + A_BALANCE;
  const pays = !isZero(amount);
  if ((flagsOf(heir) & WARM) == 0) gas -= 2600;
  if (pays && isDead(heir)) gas -= 25000;
  if (gas < 0) return NO_GAS;
  warmAccount(heir);
  const dies = fork == 0 || (flagsOf(account) & CREATED) != 0;
  setFlags(heir, TOUCHED);
  if (pays && (heir != account || dies)) {
    copyWord(HASH, amount);
    if (heir != account) addBalance(heir, HASH);
    clearBalance(account);
  }
  if (dies) setFlags(account, DESTRUCTED);
  return gas;
}
