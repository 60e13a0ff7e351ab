// Frames coming and going: calls, creations, value transfers, what a failure takes back, what a parent gets.
import { accountCode } from "./operations";
import { addCode, prepared, C_BYTES, C_SIZE, dropTemporary, keep, pin, temporaryCode, unpin } from "./code";
import { hostRevertTables } from "./host";
import { blake2Compress, blake2Rounds } from "./blake2";
import { ENV, ENV_ORIGIN } from "./environment";
import { keccak256 } from "./keccak";
import { journalSize } from "./journal";
import {
  clearReturn, CREATE_FRAME, DELEGATED, depth, ENTER, F_ACCOUNT, F_CALLER, F_CODE, F_DATA, F_DATA_SIZE, F_FLAGS, F_GAS, F_JOURNAL,
  F_LOG_COUNT, F_LOG_SIZE, F_MARK, F_MEMORY, F_MEMORY_SIZE, F_OUT, F_OUT_SIZE, F_PC, F_REFUND, F_SP, F_STACK, F_TARGET, F_VALUE,
  FRAME, frameAt, logCount, logSize, MARKED, MAX_DEPTH, memoryRegion, popFrame, pushFrame, refund, reserveReturn, reserveStack, restoreLogs,
  returnData, returnSize, setRefund, setReturn, stackRegion, STATIC, top, touch,
} from "./machine";
import { CALL, CALLCODE, CREATE, CREATE2, DELEGATECALL, STATICCALL } from "./opcodes";
import {
  A_BALANCE, A_CODE_HASH, A_NONCE, accountAt, accountOf, accountOfWord, addBalance, addressWord, alwaysWarm, CREATED, EMPTY_HASH, ensureAccount, EXISTED,
  flagsOf, hasNoCode, isDead, PRECOMPILE_SHIFT, revertState, setCode, setFlags, setNonce, subBalance, SYSTEM, TOUCHED, WARM,
  warmAccount,
} from "./state";
import {
  CODE_SIZE_LIMIT, CODE_STORE_OUT_OF_GAS, CREATE_COLLISION, DONE, INIT_CODE_SIZE_LIMIT, INSUFFICIENT_BALANCE, INVALID_CODE_PREFIX,
  MISSING, OUT_OF_GAS, PRECOMPILE, PRECOMPILE_FAILED, REVERTED, STATIC_VIOLATION, STOPPED, SYSTEM_CALL,
} from "./status";
import { reportEnter, reportExit, TRACING } from "./tracing";
import { below, copyWord, fits64, isZero, setWord, toBytes } from "./u256";

const MAX_CODE: u32 = 24576;
const MAX_INIT_CODE: u64 = 49152;
const IDENTITY: u32 = 4;
const BLAKE2F: u32 = 9;

const SCRATCH: usize = memory.data(96, 16);
const HASH: usize = memory.data(32, 16);
const ZERO: usize = memory.data(32, 16);
const NEW_ADDRESS: usize = memory.data(24, 16);

/**
 * The outermost message: caller 0, target 24, origin 48, coinbase 72 (each followed by 4 zero bytes), value 96, gas 128,
 * flags 136, data size 140.
 */
export const MESSAGE: usize = memory.data(144, 16);
const M_TARGET: usize = 24;
const M_ORIGIN: usize = 48;
const M_COINBASE: usize = 72;
const M_VALUE: usize = 96;
const M_GAS: usize = 128;
const M_FLAGS: usize = 136;
const M_DATA_SIZE: usize = 140;

/** What the host reads after a request or at the end. */
export let outcome: i32 = 0;
export let gasLeft: i64 = 0;
export let careful: bool = false;
let started: bool = false;
let finished: bool = false;

export function resetCalls(): void {
  // An execution given up half way leaves its frames' code pinned.
  while (depth >= 0) {
    releaseCode(top());
    popFrame();
  }
  careful = false;
  started = false;
  finished = false;
}

export function setCareful(): void {
  careful = true;
}

export function isStarted(): bool {
  return started;
}

export function isFinished(): bool {
  return finished;
}

function releaseCode(f: usize): void {
  const code = load<usize>(f, F_CODE);
  if (code == 0) return;
  if (load<u32>(f, F_FLAGS) & CREATE_FRAME) dropTemporary(code);
  else unpin(code);
  store<usize>(f, 0, F_CODE);
}

/** Pushes a frame and remembers what its failure must restore. */
function open(account: u32, caller: u32, target: u32, value: usize, gas: i64, flags: u32): usize {
  const f = pushFrame();
  store<u32>(f, 0, F_PC);
  store<usize>(f, 0, F_CODE);
  store<u32>(f, 0, F_MEMORY_SIZE);
  store<u32>(f, account, F_ACCOUNT);
  store<u32>(f, caller, F_CALLER);
  store<u32>(f, target, F_TARGET);
  store<u32>(f, flags, F_FLAGS);
  store<u32>(f, journalSize, F_JOURNAL);
  store<i64>(f, gas, F_GAS);
  store<i64>(f, refund, F_REFUND);
  copyWord(f + F_VALUE, value);
  store<u32>(f, logCount, F_LOG_COUNT);
  store<u32>(f, logSize, F_LOG_SIZE);
  store<u32>(f, 0, F_OUT_SIZE);
  store<u32>(f, 0, F_DATA_SIZE);
  return f;
}

function transfer(from: u32, to: u32, value: usize): void {
  if (isZero(value)) {
    // EIP-161: a touched empty account goes at the end; nothing else can be told from a zero transfer.
    if ((flagsOf(to) & EXISTED) && isDead(to)) setFlags(to, TOUCHED);
    return;
  }
  subBalance(from, value);
  addBalance(to, value);
}

/** Starts running `code` in the top frame, whose memory begins at `memory`; `stack` is the caller's stack pointer. */
function launch(code: usize, temporary: bool, memory: u32, stack: u32): void {
  const f = top();
  if (!temporary) pin(code);
  store<usize>(f, code, F_CODE);
  prepared(code, temporary);
  store<u32>(f, memory, F_MEMORY);
  store<u32>(f, stack, F_STACK);
  store<u32>(f, stack, F_SP);
  store<u32>(f, load<u32>(f, F_FLAGS) | ENTER, F_FLAGS);
  reserveStack(stack);
}

/** Runs what lives at the frame's target: system contract, precompile, nothing, or code. 0 = go on in the loop. */
function dispatch(code: usize, memory: u32, stack: u32): i32 {
  const f = top();
  const flags = flagsOf(load<u32>(f, F_TARGET));
  if (flags & SYSTEM) return SYSTEM_CALL;
  const precompile = flags >> PRECOMPILE_SHIFT;
  if (precompile == IDENTITY) return identity(f);
  if (precompile == BLAKE2F) return blake2f(f);
  if (precompile != 0) return PRECOMPILE;
  if (code == 0 || load<u32>(code, C_SIZE) == 0) {
    clearReturn();
    return finishFrame(STOPPED);
  }
  clearReturn();
  launch(code, false, memory, stack);
  return 0;
}

function identity(f: usize): i32 {
  const size = load<u32>(f, F_DATA_SIZE);
  const gas = load<i64>(f, F_GAS) - 15 - 3 * <i64>((<u64>size + 31) >> 5);
  if (gas < 0) return finishFrame(OUT_OF_GAS);
  store<i64>(f, gas, F_GAS);
  setReturn(memoryRegion + <usize>load<u32>(f, F_DATA), size);
  return finishFrame(STOPPED);
}

function blake2f(f: usize): i32 {
  const input = memoryRegion + <usize>load<u32>(f, F_DATA);
  if (load<u32>(f, F_DATA_SIZE) != 213 || load<u8>(input, 212) > 1) return finishFrame(PRECOMPILE_FAILED);
  const gas = load<i64>(f, F_GAS) - <i64>blake2Rounds(input);
  if (gas < 0) return finishFrame(OUT_OF_GAS);
  store<i64>(f, gas, F_GAS);
  blake2Compress(input, reserveReturn(64));
  return finishFrame(STOPPED);
}

/** The host ran the precompile or system contract of the top frame; its output is in the return data. */
export function complete(status: i32, gas: i64): void {
  store<i64>(top(), gas, F_GAS);
  finishFrame(status);
}

/** The first frame. 0 = go on in the loop, otherwise a request to the host. */
export function start(): i32 {
  const caller = accountOf(MESSAGE);
  const target = accountOf(MESSAGE + M_TARGET);
  const value = MESSAGE + M_VALUE;
  const create = (load<u32>(MESSAGE, M_FLAGS) & 2) != 0;
  const size = load<u32>(MESSAGE, M_DATA_SIZE);
  const origin = accountOf(MESSAGE + M_ORIGIN);
  alwaysWarm(origin);
  alwaysWarm(target);
  alwaysWarm(accountOf(MESSAGE + M_COINBASE));
  addressWord(ENV + ENV_ORIGIN, origin);
  if (!ensureAccount(target)) return MISSING;
  if (!isZero(value) && !ensureAccount(caller)) return MISSING;
  let code: usize = 0;
  if (!create && !hasNoCode(target)) {
    code = accountCode(target);
    if (code == 0) return MISSING;
  }
  started = true;
  const flags = (load<u32>(MESSAGE, M_FLAGS) & 1 ? STATIC : 0) | (create ? CREATE_FRAME : 0);
  const f = open(target, caller, target, value, load<i64>(MESSAGE, M_GAS), flags);
  if (TRACING) reportEnter(create ? CREATE : CALL, memoryRegion, size);
  if (!isZero(value) && below(accountAt(caller) + A_BALANCE, value)) return finishFrame(INSUFFICIENT_BALANCE);
  if (create) {
    if (<u64>size > MAX_INIT_CODE) return finishFrame(INIT_CODE_SIZE_LIMIT);
    if (collides(target)) return finishFrame(CREATE_COLLISION);
    return beginCreation(target, caller, value, memoryRegion, size, 0, 0);
  }
  transfer(caller, target, value);
  store<u32>(f, 0, F_DATA);
  store<u32>(f, size, F_DATA_SIZE);
  return dispatch(code, (size + 31) & ~31, 0);
}

function collides(account: u32): bool {
  return load<u64>(accountAt(account), A_NONCE) != 0 || !hasNoCode(account);
}

/** Init code of `size` bytes at `source` starts in the top frame. */
function beginCreation(account: u32, caller: u32, value: usize, source: usize, size: u32, memory: u32, stack: u32): i32 {
  setFlags(account, CREATED);
  setNonce(account, 1);
  if (!isZero(value)) transfer(caller, account, value);
  clearReturn();
  if (size == 0) return finishFrame(STOPPED);
  launch(temporaryCode(source, size), true, memory, stack);
  return 0;
}

/** CALL, CALLCODE, DELEGATECALL, STATICCALL at the program counter of the top frame. */
export function call(): i32 {
  const p = top();
  const code = load<usize>(p, F_CODE);
  const op = <u32>load<u8>(load<usize>(code, C_BYTES) + <usize>load<u32>(p, F_PC));
  const stack = load<u32>(p, F_SP);
  const sp = stackRegion + <usize>stack;
  const priced = op == CALL || op == CALLCODE;
  const value = priced ? sp - 96 : ZERO;
  const args = priced ? sp - 128 : sp - 96;
  const self = load<u32>(p, F_ACCOUNT);
  const pays = !isZero(value);
  if (op == CALL && pays && (load<u32>(p, F_FLAGS) & STATIC)) return finishFrame(STATIC_VIOLATION);
  const target = accountOfWord(sp - 64);
  if (!ensureAccount(target)) return MISSING;
  if (pays && !ensureAccount(self)) return MISSING;
  let callee: usize = 0;
  const kind = flagsOf(target);
  if ((kind & SYSTEM) == 0 && (kind >> PRECOMPILE_SHIFT) == 0 && !hasNoCode(target)) {
    callee = accountCode(target);
    if (callee == 0) return MISSING;
  }
  let gas = touch(args, args - 32, load<i64>(p, F_GAS));
  if (gas >= 0) gas = touch(args - 64, args - 96, gas);
  if (gas < 0) return finishFrame(OUT_OF_GAS);
  gas -= kind & WARM ? 100 : 2600;
  if (pays) {
    gas -= 9000;
    if (op == CALL && isDead(target)) gas -= 25000;
  }
  if (gas < 0) return finishFrame(OUT_OF_GAS);
  warmAccount(target);
  let given = gas - gas / 64;
  if (fits64(sp - 32) && load<i64>(sp - 32) >= 0 && load<i64>(sp - 32) < given) given = load<i64>(sp - 32);
  store<i64>(p, gas - given, F_GAS);
  if (pays) given += 2300;
  clearReturn();
  if (<u32>depth >= MAX_DEPTH || (pays && below(accountAt(self) + A_BALANCE, value))) {
    store<i64>(p, load<i64>(p, F_GAS) + given, F_GAS);
    resumeParent(p, op, 0, 0);
    return 0;
  }
  const delegate = op == DELEGATECALL;
  const here = delegate || op == CALLCODE;
  const f = open(here ? self : target, delegate ? load<u32>(p, F_CALLER) : self, target, delegate ? p + F_VALUE : value, given,
    (load<u32>(p, F_FLAGS) & STATIC) | (op == STATICCALL ? STATIC : 0) | (here ? DELEGATED : 0));
  if (!here) transfer(self, target, value);
  const memory = load<u32>(p, F_MEMORY);
  const inSize = load<u32>(args - 32);
  store<u32>(f, inSize == 0 ? 0 : memory + load<u32>(args), F_DATA);
  store<u32>(f, inSize, F_DATA_SIZE);
  const outSize = load<u32>(args - 96);
  store<u32>(f, outSize == 0 ? 0 : load<u32>(args - 64), F_OUT);
  store<u32>(f, outSize, F_OUT_SIZE);
  if (TRACING) reportEnter(op, memoryRegion + <usize>load<u32>(f, F_DATA), inSize);
  return dispatch(callee, memory + load<u32>(p, F_MEMORY_SIZE), stack);
}

/** CREATE and CREATE2 at the program counter of the top frame. */
export function create(): i32 {
  const p = top();
  if (load<u32>(p, F_FLAGS) & STATIC) return finishFrame(STATIC_VIOLATION);
  const code = load<usize>(p, F_CODE);
  const op = <u32>load<u8>(load<usize>(code, C_BYTES) + <usize>load<u32>(p, F_PC));
  const stack = load<u32>(p, F_SP);
  const sp = stackRegion + <usize>stack;
  const value = sp - 32, offset = sp - 64, size = sp - 96;
  const self = load<u32>(p, F_ACCOUNT);
  if (!ensureAccount(self)) return MISSING;
  const memoryBefore = load<u32>(p, F_MEMORY_SIZE);
  let gas = touch(offset, size, load<i64>(p, F_GAS));
  if (gas < 0) return finishFrame(OUT_OF_GAS);
  const bytes = load<u32>(size);
  const words = <i64>((<u64>bytes + 31) >> 5);
  gas -= 32000 + words * (op == CREATE2 ? 8 : 2);
  if (gas < 0) return finishFrame(OUT_OF_GAS);
  if (<u64>bytes > MAX_INIT_CODE) return finishFrame(INIT_CODE_SIZE_LIMIT);
  clearReturn();
  const nonce = load<u64>(accountAt(self), A_NONCE);
  if (<u32>depth >= MAX_DEPTH || below(accountAt(self) + A_BALANCE, value) || nonce == 0xffffffffffffffff) {
    store<i64>(p, gas, F_GAS);
    resumeParent(p, op, 0, 0);
    return 0;
  }
  const source = memoryRegion + <usize>(load<u32>(p, F_MEMORY) + (bytes == 0 ? 0 : load<u32>(offset)));
  if (op == CREATE2) create2Address(self, sp - 128, source, bytes);
  else createAddress(self, nonce);
  const account = accountOf(NEW_ADDRESS);
  if (!ensureAccount(account)) {
    // Run again after the load: the memory must be paid again, too.
    store<u32>(p, memoryBefore, F_MEMORY_SIZE);
    return MISSING;
  }
  const given = gas - gas / 64;
  store<i64>(p, gas - given, F_GAS);
  setNonce(self, nonce + 1);
  warmAccount(account);
  open(account, self, account, value, given, CREATE_FRAME);
  if (TRACING) reportEnter(op, source, bytes);
  if (collides(account)) return finishFrame(CREATE_COLLISION);
  return beginCreation(account, self, value, source, bytes, load<u32>(p, F_MEMORY) + load<u32>(p, F_MEMORY_SIZE), stack);
}

function takeAddress(): void {
  store<u64>(NEW_ADDRESS, load<u64>(HASH, 12));
  store<u64>(NEW_ADDRESS, load<u64>(HASH, 20), 8);
  store<u64>(NEW_ADDRESS, <u64>load<u32>(HASH, 28), 16);
}

function copyAddress(to: usize, account: u32): void {
  const r = accountAt(account);
  store<u64>(to, load<u64>(r));
  store<u64>(to, load<u64>(r, 8), 8);
  store<u32>(to, load<u32>(r, 16), 16);
}

/** keccak256(rlp([creator, nonce])). */
function createAddress(creator: u32, nonce: u64): void {
  store<u8>(SCRATCH, 0x94, 1);
  copyAddress(SCRATCH + 2, creator);
  let size: usize = 23;
  if (nonce == 0) {
    store<u8>(SCRATCH, 0x80, 22);
  } else if (nonce < 0x80) {
    store<u8>(SCRATCH, <u8>nonce, 22);
  } else {
    const n: usize = 8 - <usize>(clz<u64>(nonce) >> 3);
    store<u8>(SCRATCH, <u8>(0x80 + n), 22);
    for (let i: usize = 0; i < n; i++) store<u8>(SCRATCH + 23 + i, <u8>(nonce >> (<u64>(n - 1 - i) << 3)));
    size += n;
  }
  store<u8>(SCRATCH, <u8>(0xc0 + size - 1));
  keccak256(SCRATCH, size, HASH);
  takeAddress();
}

/** keccak256(0xff, creator, salt, keccak256(init code)). */
function create2Address(creator: u32, salt: usize, source: usize, size: u32): void {
  store<u8>(SCRATCH, 0xff);
  copyAddress(SCRATCH + 1, creator);
  toBytes(SCRATCH + 21, salt);
  keccak256(source, size, SCRATCH + 53);
  keccak256(SCRATCH, 85, HASH);
  takeAddress();
}

/** Stores what init code returned; the status of the creation. */
function deposit(f: usize): i32 {
  const size = returnSize;
  if (size > MAX_CODE) return CODE_SIZE_LIMIT;
  const gas = load<i64>(f, F_GAS) - <i64>size * 200;
  if (gas < 0) return CODE_STORE_OUT_OF_GAS;
  if (size == 0) return STOPPED;
  if (load<u8>(returnData) == 0xef) return INVALID_CODE_PREFIX;
  store<i64>(f, gas, F_GAS);
  keccak256(returnData, size, HASH);
  const code = addCode(HASH, returnData, size);
  keep(code);
  setCode(load<u32>(f, F_ACCOUNT), HASH, <u32>code);
  return STOPPED;
}

/** Ends the top frame. DONE when it was the outermost one, else 0. */
export function finishFrame(reason: i32): i32 {
  const f = top();
  const creation = (load<u32>(f, F_FLAGS) & CREATE_FRAME) != 0;
  let status = reason;
  if (creation && status == STOPPED) status = deposit(f);
  if (status != STOPPED) {
    revertState(load<u32>(f, F_JOURNAL));
    restoreLogs(load<u32>(f, F_LOG_COUNT), load<u32>(f, F_LOG_SIZE));
    setRefund(load<i64>(f, F_REFUND));
    if (load<u32>(f, F_FLAGS) & MARKED) hostRevertTables(load<i32>(f, F_MARK));
    if (status != REVERTED) {
      store<i64>(f, 0, F_GAS);
      clearReturn();
    }
  } else if (creation) {
    clearReturn();
  }
  if (TRACING) reportExit(status);
  releaseCode(f);
  careful = false;
  popFrame();
  if (depth < 0) {
    outcome = status;
    gasLeft = load<i64>(f, F_GAS);
    finished = true;
    return DONE;
  }
  const p = top();
  const op = <u32>load<u8>(load<usize>(load<usize>(p, F_CODE), C_BYTES) + <usize>load<u32>(p, F_PC));
  store<i64>(p, load<i64>(p, F_GAS) + load<i64>(f, F_GAS), F_GAS);
  const n = min(load<u32>(f, F_OUT_SIZE), returnSize);
  if (n != 0) memory.copy(memoryRegion + <usize>(load<u32>(p, F_MEMORY) + load<u32>(f, F_OUT)), returnData, n);
  resumeParent(p, op, status == STOPPED ? 1 : 0, creation ? load<u32>(f, F_ACCOUNT) : 0xffffffff);
  return 0;
}

/** Replaces the operands of a call or creation by its result and moves on. `created` is an account index or all ones. */
function resumeParent(p: usize, op: u32, success: u64, created: u32): void {
  const items: u32 = op == CALL || op == CALLCODE ? 7 : op == DELEGATECALL || op == STATICCALL ? 6 : op == CREATE2 ? 4 : 3;
  const at = load<u32>(p, F_SP) - (items << 5);
  const word = stackRegion + <usize>at;
  if (success != 0 && created != 0xffffffff) addressWord(word, created);
  else setWord(word, success);
  store<u32>(p, at + 32, F_SP);
  store<u32>(p, load<u32>(p, F_PC) + 1, F_PC);
  store<u32>(p, load<u32>(p, F_FLAGS) | ENTER, F_FLAGS);
  // A failing operation never survives to here, so a careful parent would have ended: fast checks are due again.
  careful = false;
}

/** Gives every running frame that has none the savepoint `mark`: no table was written since those frames began. */
export function markFrames(mark: i32): void {
  for (let i: i32 = 0; i <= depth; i++) {
    const f = frameAt(i);
    const flags = load<u32>(f, F_FLAGS);
    if (flags & MARKED) continue;
    store<i32>(f, mark, F_MARK);
    store<u32>(f, flags | MARKED, F_FLAGS);
  }
}
