// Accounts of one execution: records in order of first use behind an open-addressing index.
import { allocate, capacityOf, regrow, release } from "./alloc";
import { fork } from "./environment";
import { FIRST_INDEX, hashAddress, KEPT_INDEX } from "./hash";
import { hostLoadAccount } from "./host";
import { record, recordWord, UNDO_ACCOUNT_FLAGS, UNDO_BALANCE, UNDO_CODE, UNDO_NONCE } from "./journal";
import { nameOf } from "./names";
import { add, copyWord, equalWords, isZero, setWord, sub } from "./u256";

// Account record, 168 bytes. Address bytes 0..19 (4 zero bytes follow).
export const ACCOUNT: u32 = 168;
export const A_FLAGS: usize = 24;
export const A_CODE: usize = 28;
export const A_BALANCE: usize = 32;
export const A_NONCE: usize = 64;
export const A_CODE_HASH: usize = 72;
export const A_ORIGINAL_NONCE: usize = 104;
export const A_ORIGINAL_BALANCE: usize = 112;
export const A_HASH: usize = 144;
export const A_CHANGED: usize = 148;
export const A_NAME: usize = 152;

export const LOADED: u32 = 1;
export const EXISTED: u32 = 2;
export const WARM: u32 = 4;
export const CREATED: u32 = 8;
export const DESTRUCTED: u32 = 16;
export const TOUCHED: u32 = 32;
export const CODE_SET: u32 = 64;
/** A system contract of the host: its code reads 0xfe, calls go to the host. It says which of them are warm. */
export const SYSTEM: u32 = 128;
/** Upper half of the flags: number of the precompile that lives here, or 0. */
export const PRECOMPILE_SHIFT: u32 = 16;
const ADDRESS_NAME: u32 = 0;

/** keccak256 of nothing. */
export const EMPTY_HASH: usize = memory.data<u8>([
  0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0,
  0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70,
], 16);
/** The code of system contracts as contracts see it, and its hash. */
export const SYSTEM_CODE: usize = memory.data<u8>([0xfe], 16);
export const SYSTEM_HASH: usize = memory.data<u8>([
  0xbc, 0xc9, 0x0f, 0x2d, 0x6d, 0xad, 0xa5, 0xb1, 0x8e, 0x15, 0x5c, 0x17, 0xa1, 0xc0, 0xa5, 0x59,
  0x20, 0xaa, 0xe9, 0x4f, 0x39, 0x85, 0x7d, 0x39, 0xd0, 0xd8, 0xed, 0x07, 0xae, 0x8f, 0x22, 0x8b,
], 16);
const KEY: usize = memory.data(32, 16);
const ADDRESS: usize = memory.data(32, 16);

let accounts: usize = 0;
export let accountCount: u32 = 0;
let accountIndex: usize = 0;
let accountMask: u32 = 0;

export function resetAccounts(): void {
  if (accounts == 0) accounts = allocate(32 * ACCOUNT);
  if (accountIndex == 0 || accountMask >= KEPT_INDEX) {
    if (accountIndex != 0) release(accountIndex);
    accountIndex = allocate(FIRST_INDEX << 2);
    accountMask = FIRST_INDEX - 1;
  }
  memory.fill(accountIndex, 0, (accountMask + 1) << 2);
  accountCount = 0;
}

// @ts-ignore: decorator
@inline export function accountAt(index: u32): usize {
  return accounts + <usize>(index * ACCOUNT);
}

/** Number of the precompile at an address under the fork in force, or 0. */
function precompileOf(address: usize): u32 {
  if (load<u64>(address) != 0 || load<u64>(address, 8) != 0) return 0;
  const n = bswap<u32>(load<u32>(address, 16));
  if (n == 0) return 0;
  if (n <= 9) return n;
  if (n == 10) return fork >= 1 ? n : 0;
  if (n <= 17) return fork >= 2 ? n : 0;
  return n == 0x100 && fork >= 3 ? n : 0;
}

/** Index of the account whose 20-byte address (followed by 4 zero bytes) is at `address`; a new record if unknown. */
export function accountOf(address: usize): u32 {
  const a = load<u64>(address), b = load<u64>(address, 8), c = load<u64>(address, 16);
  const hash = hashAddress(a, b, c);
  let at = hash & accountMask;
  for (;;) {
    const found = load<u32>(accountIndex + (<usize>at << 2));
    if (found == 0) break;
    const r = accountAt(found - 1);
    if (load<u64>(r) == a && load<u64>(r, 8) == b && load<u64>(r, 16) == c) return found - 1;
    at = (at + 1) & accountMask;
  }
  const index = accountCount++;
  if (accountCount * ACCOUNT > capacityOf(accounts)) accounts = regrow(accounts, index * ACCOUNT, accountCount * ACCOUNT);
  const r = accountAt(index);
  store<u64>(r, a);
  store<u64>(r, b, 8);
  store<u64>(r, c, 16);
  const precompile = precompileOf(address);
  store<u32>(r, precompile == 0 ? 0 : (precompile << PRECOMPILE_SHIFT) | WARM, A_FLAGS);
  store<u32>(r, 0, A_CODE);
  store<u32>(r, hash, A_HASH);
  store<u32>(accountIndex + (<usize>at << 2), accountCount);
  if (accountCount << 1 > accountMask) growAccountIndex();
  return index;
}

function growAccountIndex(): void {
  release(accountIndex);
  accountMask = (accountMask << 1) | 1;
  accountIndex = allocate((accountMask + 1) << 2);
  memory.fill(accountIndex, 0, (accountMask + 1) << 2);
  for (let i: u32 = 0; i < accountCount; i++) {
    let at = load<u32>(accountAt(i), A_HASH) & accountMask;
    while (load<u32>(accountIndex + (<usize>at << 2)) != 0) at = (at + 1) & accountMask;
    store<u32>(accountIndex + (<usize>at << 2), i + 1);
  }
}

/** Account of the low 20 bytes of a stack word. */
export function accountOfWord(word: usize): u32 {
  const high = load<u64>(word, 16) & 0xffffffff;
  store<u32>(ADDRESS, bswap<u32>(<u32>high));
  store<u64>(ADDRESS, bswap<u64>(load<u64>(word, 8)), 4);
  store<u64>(ADDRESS, bswap<u64>(load<u64>(word)), 12);
  return accountOf(ADDRESS);
}

/** Stack word of an account's address. */
export function addressWord(word: usize, index: u32): void {
  const r = accountAt(index);
  store<u64>(word, bswap<u64>(load<u64>(r, 12)));
  store<u64>(word, bswap<u64>(load<u64>(r, 4)), 8);
  store<u64>(word, <u64>bswap<u32>(load<u32>(r)), 16);
  store<u64>(word, 0, 24);
}

/** Makes balance, nonce and code hash of an account present; false when the host must load them first. */
export function ensureAccount(index: u32): bool {
  const r = accountAt(index);
  if (load<u32>(r, A_FLAGS) & LOADED) return true;
  copyWord(KEY, r);
  store<u64>(KEY, 0, 24);
  const name = nameOf(KEY, ADDRESS_NAME, load<u32>(r, A_HASH));
  store<u32>(r, name, A_NAME);
  if (hostLoadAccount(index, r, name) == 0) return false;
  store<u32>(r, load<u32>(r, A_FLAGS) | LOADED, A_FLAGS);
  store<u64>(r, load<u64>(r, A_NONCE), A_ORIGINAL_NONCE);
  copyWord(r + A_ORIGINAL_BALANCE, r + A_BALANCE);
  return true;
}

export function hasNoCode(index: u32): bool {
  return equalWords(accountAt(index) + A_CODE_HASH, EMPTY_HASH);
}

/** EIP-161: no code, nonce 0, balance 0. The account must be loaded. */
export function isDead(index: u32): bool {
  const r = accountAt(index);
  if (load<u32>(r, A_FLAGS) & SYSTEM) return false;
  return load<u64>(r, A_NONCE) == 0 && isZero(r + A_BALANCE) && hasNoCode(index);
}

export function flagsOf(index: u32): u32 {
  return load<u32>(accountAt(index), A_FLAGS);
}

export function setFlags(index: u32, bits: u32): void {
  const r = accountAt(index);
  const old = load<u32>(r, A_FLAGS);
  if ((old & bits) == bits) return;
  record(UNDO_ACCOUNT_FLAGS, index, <u64>old);
  store<u32>(r, old | bits, A_FLAGS);
}

/** Makes an account warm for the whole execution. */
export function alwaysWarm(index: u32): void {
  const r = accountAt(index);
  store<u32>(r, load<u32>(r, A_FLAGS) | WARM, A_FLAGS);
}

/** Marks an account warm; true when it was cold. */
export function warmAccount(index: u32): bool {
  if (flagsOf(index) & WARM) return false;
  setFlags(index, WARM);
  return true;
}

export function addBalance(index: u32, amount: usize): void {
  const r = accountAt(index) + A_BALANCE;
  recordWord(UNDO_BALANCE, index, 0, r);
  add(r, r, amount);
}

export function subBalance(index: u32, amount: usize): void {
  const r = accountAt(index) + A_BALANCE;
  recordWord(UNDO_BALANCE, index, 0, r);
  sub(r, r, amount);
}

export function clearBalance(index: u32): void {
  const r = accountAt(index) + A_BALANCE;
  recordWord(UNDO_BALANCE, index, 0, r);
  setWord(r, 0);
}

export function setNonce(index: u32, nonce: u64): void {
  const r = accountAt(index);
  record(UNDO_NONCE, index, load<u64>(r, A_NONCE));
  store<u64>(r, nonce, A_NONCE);
}

export function setCode(index: u32, hash: usize, code: u32): void {
  const r = accountAt(index);
  recordWord(UNDO_CODE, index, <u64>load<u32>(r, A_CODE), r + A_CODE_HASH);
  copyWord(r + A_CODE_HASH, hash);
  store<u32>(r, code, A_CODE);
  setFlags(index, CODE_SET);
}
