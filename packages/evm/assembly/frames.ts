// Frames coming and going: what one starts with, what a failure takes back, what the parent gets.
import { addBalance, addressWord, EXISTED, flagsOf, isDead, setCode, setFlags, subBalance, TOUCHED } from "./accounts";
import { addCode, C_BYTES, dropTemporary, keep, pin, prepare, unpin } from "./code";
import { hostRevertTables } from "./host";
import { journalSize } from "./journal";
import { keccak256 } from "./keccak";
import {
  clearReturn, CREATE_FRAME, depth, ENTER, F_ACCOUNT, F_CALLER, F_CODE, F_DATA_SIZE, F_FLAGS, F_GAS, F_JOURNAL,
  F_LOG_COUNT, F_LOG_SIZE, F_MARK, F_MEMORY, F_MEMORY_SIZE, F_OUT, F_OUT_SIZE, F_PC, F_REFUND, F_SP, F_STACK, F_TARGET,
  F_VALUE, frameAt, logCount, logSize, MARKED, memoryRegion, popFrame, pushFrame, refund, reserveStack, restoreLogs,
  returnData, returnSize, setRefund, stackRegion, top,
} from "./machine";
import { CALL, CALLCODE, CREATE2, DELEGATECALL, STATICCALL } from "./opcodes";
import { CODE_SIZE_LIMIT, CODE_STORE_OUT_OF_GAS, DONE, INVALID_CODE_PREFIX, REVERTED, STOPPED } from "./status";
import { reportExit, TRACING } from "./tracing";
import { copyWord, isZero, setWord } from "./u256";
import { revertState } from "./undo";

const MAX_CODE: u32 = 24576;
const HASH: usize = memory.data(32, 16);

/** What the host reads after a request or at the end. */
export let outcome: i32 = 0;
export let gasLeft: i64 = 0;
export let careful: bool = false;
let finished: bool = false;

export function resetFrames(): void {
  // An execution given up half way leaves its frames' code pinned.
  while (depth >= 0) {
    releaseCode(top());
    popFrame();
  }
  careful = false;
  finished = false;
}

export function setCareful(): void {
  careful = true;
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
export function open(account: u32, caller: u32, target: u32, value: usize, gas: i64, flags: u32): usize {
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

export function transfer(from: u32, to: u32, value: usize): void {
  if (isZero(value)) {
    // EIP-161: a touched empty account goes at the end; nothing else can be told from a zero transfer.
    if ((flagsOf(to) & EXISTED) && isDead(to)) setFlags(to, TOUCHED);
    return;
  }
  subBalance(from, value);
  addBalance(to, value);
}

/** Starts running `code` in the top frame, whose memory begins at `memory`; `stack` is the caller's stack pointer. */
export function launch(code: usize, temporary: bool, memory: u32, stack: u32): void {
  const f = top();
  if (!temporary) pin(code);
  store<usize>(f, code, F_CODE);
  prepare(code);
  store<u32>(f, memory, F_MEMORY);
  store<u32>(f, stack, F_STACK);
  store<u32>(f, stack, F_SP);
  store<u32>(f, load<u32>(f, F_FLAGS) | ENTER, F_FLAGS);
  reserveStack(stack);
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
export function resumeParent(p: usize, op: u32, success: u64, created: u32): void {
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
