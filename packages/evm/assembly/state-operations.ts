// Operations on accounts and storage. The conventions are those of operations.ts.
import {
  A_BALANCE, A_CODE, A_CODE_HASH, accountAt, accountOfWord, addBalance, clearBalance, CREATED, DESTRUCTED, EMPTY_HASH,
  ensureAccount, flagsOf, isDead, setFlags, SYSTEM, SYSTEM_HASH, TOUCHED, WARM, warmAccount,
} from "./accounts";
import { C_SIZE, codeOf } from "./code";
import { ENV, ENV_NUMBER, fork } from "./environment";
import { hostBlockHash } from "./host";
import { F_ACCOUNT, F_FLAGS, refund, setRefund, STATIC, top } from "./machine";
import { MISS, S_ORIGINAL, S_VALUE, setSlot, slotAt, slotOf, warmSlot } from "./slots";
import { MISS_GAS, NO_GAS, STATIC_VIOLATION } from "./status";
import { loadTransient, storeTransient } from "./transient";
import { copyWord, equalWords, fits64, fromBytes, isZero, setWord } from "./u256";

const HASH: usize = memory.data(32, 16);

export function isStatic(): bool {
  return (load<u32>(top(), F_FLAGS) & STATIC) != 0;
}

// @ts-ignore: decorator
@inline export function self(): u32 {
  return load<u32>(top(), F_ACCOUNT);
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
  if (isStatic()) return -<i64>STATIC_VIOLATION;
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

export function tload(sp: usize, gas: i64): i64 {
  loadTransient(self(), sp - 32, sp - 32);
  return gas;
}

export function tstore(sp: usize, gas: i64): i64 {
  if (isStatic()) return -<i64>STATIC_VIOLATION;
  storeTransient(self(), sp - 32, sp - 64);
  return gas;
}

/** Takes the price of a cold account; the warm price of 100 is static. */
export function access(account: u32, gas: i64): i64 {
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

/** The last 256 blocks only. */
export function blockHash(sp: usize, gas: i64): i64 {
  const at = sp - 32;
  const n = load<u64>(at), current = load<u64>(ENV + ENV_NUMBER);
  if (!fits64(at) || n >= current || current - n > 256) {
    setWord(at, 0);
    return gas;
  }
  hostBlockHash(n, HASH);
  fromBytes(at, HASH);
  return gas;
}

/** Cancun and later destroy only what this execution created (EIP-6780). */
export function selfDestruct(sp: usize, gas: i64): i64 {
  if (isStatic()) return -<i64>STATIC_VIOLATION;
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
