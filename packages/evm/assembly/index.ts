// The module's face to the host. See SPEC.md for the protocol.
import {
  A_BALANCE, A_CHANGED, A_CODE, A_FLAGS, A_NONCE, A_ORIGINAL_BALANCE, A_ORIGINAL_NONCE, accountAt, accountCount,
  accountOf, alwaysWarm, CODE_SET, DESTRUCTED, EXISTED, flagsOf, isDead, LOADED, PRECOMPILE_SHIFT, resetAccounts,
  TOUCHED,
} from "./accounts";
import { allocate, release, setCeiling } from "./alloc";
import { call, complete, MESSAGE, setMaxRounds, start } from "./calls";
import { C_BYTES, C_SIZE, resetKept, trimCode } from "./code";
import { create } from "./creations";
import { ENV, setBlobs, setFork } from "./environment";
import { careful, finishFrame, gasLeft, isFinished, markFrames, outcome, resetFrames, setCareful } from "./frames";
import { seedPointer } from "./hash";
import { limitSlices, run } from "./interpreter";
import { resetJournal } from "./journal";
import {
  addWork, appendLog, depth, F_CALLER, F_DATA, F_DATA_SIZE, F_FLAGS, F_GAS, F_TARGET, F_VALUE, logCount, logs,
  memoryRegion, refund, refused, reserveMemory, reserveReturn, resetMachine, resetWork, returnData, returnSize, top, work,
} from "./machine";
import { resetNames } from "./names";
import { resetSlots, S_ACCOUNT, S_FLAGS, S_ORIGINAL, S_VALUE, slotAt, slotCount, warmSlotKey } from "./slots";
import { CALL_REQUEST, CAREFUL, CREATE_REQUEST, DONE, MISSING, SLICE_DONE, STOPPED, YIELD } from "./status";
import { TRACING, willRepeat } from "./tracing";
import { resetTransient } from "./transient";
import { equalWords, fromBytes, toBytes } from "./u256";

/** Scratch for host arguments: an address with 4 zero bytes, or a 32-byte word. */
const ARGUMENT: usize = memory.data(40, 16);
const WORD: usize = memory.data(32, 16);
/** Answers read by the host in one go; see `describe` and `collect`. */
const ANSWER: usize = memory.data(96, 16);

/** Work done between two looks at the host, see machine.ts; 0 = it is never looked at. */
let workPerYield: i64 = 0;
/** Time of a warm call and of a creation whose code must be prepared, as gas of a loop. */
const CALL_WORK: i64 = 2_000;
const CREATE_WORK: i64 = 20_000;
let blobBlock: usize = 0;

export function environmentPointer(): usize { return ENV; }
export function messagePointer(): usize { return MESSAGE; }
export function argumentPointer(): usize { return ARGUMENT; }
export function answerPointer(): usize { return ANSWER; }
export { seedPointer };

/** Beyond its limit of frame memory an execution may claim four times as much, for growth and everything else, and this. */
const BASE_BYTES: u64 = 16 << 20;

/**
 * Forgets the last execution; 1 when the names of accounts and slots were forgotten, too. `cap` bounds frame memory in
 * bytes (all ones = it does not), `precompileCap` the gas of a precompile inside the module; after `yieldWork` units of work
 * `resume` returns YIELD (0 = never).
 */
export function begin(fork: u32, cap: u32, precompileCap: u32, yieldWork: u32): i32 {
  setCeiling(cap == 0xffffffff ? 0xffffffff : (<u64>cap << 2) + BASE_BYTES);
  setMaxRounds(precompileCap);
  resetFrames();
  resetKept();
  trimCode();
  setFork(fork);
  resetAccounts();
  resetSlots();
  resetTransient();
  resetJournal();
  resetMachine(cap);
  workPerYield = <i64>yieldWork;
  limitSlices(yieldWork);
  setBlobs(0, 0);
  return resetNames() ? 1 : 0;
}

/** Where the host writes calldata or init code of the outermost message. */
export function dataPointer(size: u32): usize {
  reserveMemory(0, size + 64);
  return memoryRegion;
}

/** Where the host writes `count` blob hashes. */
export function blobPointer(count: u32): usize {
  if (blobBlock != 0) release(blobBlock);
  blobBlock = allocate(count << 5);
  setBlobs(blobBlock, count);
  return blobBlock;
}

/** Warms the address in the argument scratch; returns its account number for `warmKey`. */
export function warm(): u32 {
  const account = accountOf(ARGUMENT);
  alwaysWarm(account);
  return account;
}

/** Warms the slot in the argument scratch (32 bytes, big endian). */
export function warmKey(account: u32): void {
  fromBytes(WORD, ARGUMENT);
  warmSlotKey(account, WORD);
}

/** Runs until the host is needed or the execution ends. */
export function resume(): i32 {
  if (isFinished()) return DONE;
  if (depth < 0) {
    const status = start();
    if (status != 0) return status;
  }
  let next: i32 = 0;
  while (next == 0) {
    if (workPerYield != 0 && work >= workPerYield) {
      resetWork();
      return YIELD;
    }
    const f = top();
    const gas = load<i64>(f, F_GAS);
    const status = TRACING || careful ? run<u16>() : run<u8>();
    if (status < MISSING) next = finishFrame(status);
    addWork(gas - load<i64>(f, F_GAS));
    if (status == CALL_REQUEST) {
      addWork(CALL_WORK);
      next = call();
    } else if (status == CREATE_REQUEST) {
      addWork(CREATE_WORK);
      next = create();
    } else if (status == CAREFUL) setCareful();
    else if (status >= MISSING && status != SLICE_DONE) next = status;
  }
  if (TRACING && next == MISSING) willRepeat();
  return next;
}

/** Facts about the pending precompile or system call: number, input, size, gas, account numbers, flags, value. */
export function describe(): void {
  const f = top();
  store<u32>(ANSWER, flagsOf(load<u32>(f, F_TARGET)) >> PRECOMPILE_SHIFT);
  store<u32>(ANSWER, <u32>memoryRegion + load<u32>(f, F_DATA), 4);
  store<u32>(ANSWER, load<u32>(f, F_DATA_SIZE), 8);
  store<u32>(ANSWER, load<u32>(f, F_FLAGS), 12);
  store<i64>(ANSWER, load<i64>(f, F_GAS), 16);
  store<u32>(ANSWER, <u32>accountAt(load<u32>(f, F_TARGET)), 24);
  store<u32>(ANSWER, <u32>accountAt(load<u32>(f, F_CALLER)), 28);
  store<u32>(ANSWER, <u32>(f + F_VALUE), 32);
}

export { complete, markFrames, reserveReturn };

/** Where the host writes topics (32 bytes each) and data of a log of the pending system call. */
export function addLog(topics: u32, size: u32): usize {
  return appendLog(load<u32>(top(), F_TARGET), topics, size);
}

/** Balance, nonce or code differ. */
const UPDATED: u32 = 1;
const DELETED: u32 = 2;
/** Only slots differ. */
const SLOTS_ONLY: u32 = 3;
const SLOT_CHANGED: u32 = 0x40000000;

/** Ends the execution: finds the net changes and fills the answer: the host reads accounts with A_CHANGED and slots with SLOT_CHANGED. */
export function collect(): void {
  const success = outcome == STOPPED;
  for (let i: u32 = 0; i < accountCount; i++) store<u32>(accountAt(i), success ? accountChange(i) : 0, A_CHANGED);
  let changedSlots: u32 = 0;
  if (success) {
    for (let i: u32 = 0; i < slotCount; i++) {
      const r = slotAt(i);
      const account = load<u32>(r, S_ACCOUNT);
      if ((load<u32>(r, S_FLAGS) & LOADED) == 0 || equalWords(r + S_VALUE, r + S_ORIGINAL)) continue;
      const a = accountAt(account);
      if (load<u32>(a, A_CHANGED) == DELETED || (load<u32>(a, A_FLAGS) & DESTRUCTED)) continue;
      if (load<u32>(a, A_CHANGED) == 0) store<u32>(a, SLOTS_ONLY, A_CHANGED);
      // The host takes big endian bytes.
      toBytes(r + S_VALUE, r + S_VALUE);
      store<u32>(r, load<u32>(r, S_FLAGS) | SLOT_CHANGED, S_FLAGS);
      changedSlots++;
    }
  }
  store<u32>(ANSWER, <u32>outcome);
  store<u32>(ANSWER, refused, 4);
  store<i64>(ANSWER, gasLeft, 8);
  store<i64>(ANSWER, refund, 16);
  store<u32>(ANSWER, <u32>returnData, 24);
  store<u32>(ANSWER, returnSize, 28);
  store<u32>(ANSWER, <u32>logs, 32);
  store<u32>(ANSWER, logCount, 36);
  store<u32>(ANSWER, <u32>accountAt(0), 40);
  store<u32>(ANSWER, accountCount, 44);
  store<u32>(ANSWER, <u32>slotAt(0), 48);
  store<u32>(ANSWER, changedSlots == 0 ? 0 : slotCount, 52);
}

function accountChange(index: u32): u32 {
  const r = accountAt(index);
  const flags = load<u32>(r, A_FLAGS);
  if ((flags & LOADED) == 0) return 0;
  if (flags & DESTRUCTED) return flags & EXISTED ? DELETED : 0;
  const changed = load<u64>(r, A_NONCE) != load<u64>(r, A_ORIGINAL_NONCE)
    || !equalWords(r + A_BALANCE, r + A_ORIGINAL_BALANCE) || (flags & CODE_SET) != 0;
  if ((changed || (flags & TOUCHED) != 0) && isDead(index)) return flags & EXISTED ? DELETED : 0;
  return changed ? UPDATED : 0;
}

/** Bytes and size of the code an account got in this execution. */
export function newCode(account: u32): void {
  const code = load<usize>(accountAt(account), A_CODE);
  store<u32>(ANSWER, load<u32>(code, C_BYTES));
  store<u32>(ANSWER, load<u32>(code, C_SIZE), 4);
}
