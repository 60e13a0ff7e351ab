// The outermost message and the CALL family: what a call reaches, what it costs, the frame it opens.
import {
  A_BALANCE, accountAt, accountOf, accountOfWord, addressWord, alwaysWarm, ensureAccount, flagsOf, isDead,
  PRECOMPILE_SHIFT, SYSTEM, warmAccount,
} from "./accounts";
import { blake2Compress, blake2Rounds } from "./blake2";
import { callee, delegate, NO_DELEGATE, resolve } from "./callee";
import { C_BYTES, C_SIZE } from "./code";
import { beginCreation, collides, MAX_INIT_CODE } from "./creations";
import { ENV, ENV_ORIGIN } from "./environment";
import { finishFrame, launch, open, resumeParent, transfer } from "./frames";
import {
  addWork, clearReturn, CREATE_FRAME, DELEGATED, depth, F_ACCOUNT, F_CALLER, F_CODE, F_DATA, F_DATA_SIZE, F_FLAGS, F_GAS,
  F_MEMORY, F_MEMORY_SIZE, F_OUT, F_OUT_SIZE, F_PC, F_SP, F_TARGET, F_VALUE, MAX_DEPTH, memoryRegion, refusePrecompile,
  reserveReturn, setReturn, stackRegion, STATIC, top, touch,
} from "./machine";
import { CALL, CALLCODE, CREATE, DELEGATECALL, STATICCALL } from "./opcodes";
import {
  CREATE_COLLISION, DEPTH_LIMIT, INIT_CODE_SIZE_LIMIT, INSUFFICIENT_BALANCE, MISSING, OUT_OF_GAS, PRECOMPILE,
  PRECOMPILE_FAILED, STATIC_VIOLATION, STOPPED, SYSTEM_CALL,
} from "./status";
import { reportEnter, reportRefused, TRACING } from "./tracing";
import { below, fits64, isZero } from "./u256";

const IDENTITY: u32 = 4;
const BLAKE2F: u32 = 9;
/** How much slower than loops precompiles are. */
const PRECOMPILE_WORK: i64 = 8;
const ZERO: usize = memory.data(32, 16);

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

/** Rounds of BLAKE2f that the caller of the module allows. */
let maxRounds: u32 = 0xffffffff;

export function setMaxRounds(rounds: u32): void {
  maxRounds = rounds;
}

function blake2f(f: usize): i32 {
  const input = memoryRegion + <usize>load<u32>(f, F_DATA);
  if (load<u32>(f, F_DATA_SIZE) != 213 || load<u8>(input, 212) > 1) return finishFrame(PRECOMPILE_FAILED);
  const gas = load<i64>(f, F_GAS) - <i64>blake2Rounds(input);
  if (gas < 0) return finishFrame(OUT_OF_GAS);
  if (blake2Rounds(input) > maxRounds) {
    refusePrecompile();
    return finishFrame(OUT_OF_GAS);
  }
  store<i64>(f, gas, F_GAS);
  addWork(<i64>blake2Rounds(input) * PRECOMPILE_WORK);
  blake2Compress(input, reserveReturn(64));
  return finishFrame(STOPPED);
}

/** The host ran the precompile or system contract of the top frame; its output is in the return data. */
export function complete(status: i32, gas: i64): void {
  const f = top();
  addWork((load<i64>(f, F_GAS) - gas) * PRECOMPILE_WORK);
  store<i64>(f, gas, F_GAS);
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
  if (!create) {
    if (!resolve(target)) return MISSING;
    if (delegate != NO_DELEGATE) alwaysWarm(delegate);
  }
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
  return dispatch(callee, (size + 31) & ~31, 0);
}

/** Price of reaching an account, which is warm from now on. */
function access(account: u32): i64 {
  return warmAccount(account) ? 2600 : 100;
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
  if (!resolve(target)) return MISSING;
  let gas = touch(args, args - 32, load<i64>(p, F_GAS));
  if (gas >= 0) gas = touch(args - 64, args - 96, gas);
  if (gas < 0) return finishFrame(OUT_OF_GAS);
  gas -= access(target);
  if (delegate != NO_DELEGATE) gas -= access(delegate);
  if (pays) {
    gas -= 9000;
    if (op == CALL && isDead(target)) gas -= 25000;
  }
  if (gas < 0) return finishFrame(OUT_OF_GAS);
  let given = gas - gas / 64;
  if (fits64(sp - 32) && load<i64>(sp - 32) >= 0 && load<i64>(sp - 32) < given) given = load<i64>(sp - 32);
  store<i64>(p, gas - given, F_GAS);
  if (pays) given += 2300;
  clearReturn();
  const inherits = op == DELEGATECALL;
  const sent = inherits ? p + F_VALUE : value;
  const memory = load<u32>(p, F_MEMORY);
  const inSize = load<u32>(args - 32);
  const input = inSize == 0 ? 0 : memory + load<u32>(args);
  const refusal = <u32>depth >= MAX_DEPTH ? DEPTH_LIMIT
    : pays && below(accountAt(self) + A_BALANCE, value) ? INSUFFICIENT_BALANCE : STOPPED;
  if (refusal != STOPPED) {
    if (TRACING) reportRefused(op, self, target, sent, given, memoryRegion + <usize>input, inSize, refusal);
    store<i64>(p, load<i64>(p, F_GAS) + given, F_GAS);
    resumeParent(p, op, 0, 0);
    return 0;
  }
  const here = inherits || op == CALLCODE;
  const f = open(here ? self : target, inherits ? load<u32>(p, F_CALLER) : self, target, sent, given,
    (load<u32>(p, F_FLAGS) & STATIC) | (op == STATICCALL ? STATIC : 0) | (here ? DELEGATED : 0));
  if (!here) transfer(self, target, value);
  store<u32>(f, input, F_DATA);
  store<u32>(f, inSize, F_DATA_SIZE);
  const outSize = load<u32>(args - 96);
  store<u32>(f, outSize == 0 ? 0 : load<u32>(args - 64), F_OUT);
  store<u32>(f, outSize, F_OUT_SIZE);
  if (TRACING) reportEnter(op, memoryRegion + <usize>input, inSize);
  return dispatch(callee, memory + load<u32>(p, F_MEMORY_SIZE), stack);
}
