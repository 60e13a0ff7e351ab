// CREATE and CREATE2, and the start of init code.
import {
  A_BALANCE, A_NONCE, accountAt, accountOf, CREATED, ensureAccount, hasNoCode, setFlags, setNonce, warmAccount,
} from "./accounts";
import { create2Address, createAddress, NEW_ADDRESS } from "./addresses";
import { C_BYTES, temporaryCode } from "./code";
import { finishFrame, launch, open, resumeParent, transfer } from "./frames";
import {
  clearReturn, CREATE_FRAME, depth, F_ACCOUNT, F_CODE, F_FLAGS, F_GAS, F_MEMORY, F_MEMORY_SIZE, F_PC, F_SP, MAX_DEPTH,
  memoryRegion, stackRegion, STATIC, top, touch,
} from "./machine";
import { CREATE2 } from "./opcodes";
import {
  CREATE_COLLISION, DEPTH_LIMIT, INIT_CODE_SIZE_LIMIT, INSUFFICIENT_BALANCE, MISSING, NONCE_OVERFLOW, OUT_OF_GAS,
  STATIC_VIOLATION, STOPPED,
} from "./status";
import { reportEnter, reportRefused, TRACING } from "./tracing";
import { below, isZero } from "./u256";

export const MAX_INIT_CODE: u64 = 49152;
const MAX_NONCE: u64 = 0xffffffffffffffff;

export function collides(account: u32): bool {
  return load<u64>(accountAt(account), A_NONCE) != 0 || !hasNoCode(account);
}

/** Init code of `size` bytes at `source` starts in the top frame. */
export function beginCreation(account: u32, caller: u32, value: usize, source: usize, size: u32, memory: u32, stack: u32): i32 {
  setFlags(account, CREATED);
  setNonce(account, 1);
  if (!isZero(value)) transfer(caller, account, value);
  clearReturn();
  if (size == 0) return finishFrame(STOPPED);
  launch(temporaryCode(source, size), true, memory, stack);
  return 0;
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
  const source = memoryRegion + <usize>(load<u32>(p, F_MEMORY) + (bytes == 0 ? 0 : load<u32>(offset)));
  const given = gas - gas / 64;
  const refusal = <u32>depth >= MAX_DEPTH ? DEPTH_LIMIT
    : below(accountAt(self) + A_BALANCE, value) ? INSUFFICIENT_BALANCE
    : nonce == MAX_NONCE ? NONCE_OVERFLOW : STOPPED;
  if (refusal != STOPPED) {
    if (TRACING) {
      store<i64>(p, gas - given, F_GAS);
      reportRefused(op, self, newAccount(op, self, nonce, sp - 128, source, bytes), value, given, source, bytes, refusal);
    }
    store<i64>(p, gas, F_GAS);
    resumeParent(p, op, 0, 0);
    return 0;
  }
  const account = newAccount(op, self, nonce, sp - 128, source, bytes);
  if (!ensureAccount(account)) {
    // Run again after the load: the memory must be paid again, too.
    store<u32>(p, memoryBefore, F_MEMORY_SIZE);
    return MISSING;
  }
  store<i64>(p, gas - given, F_GAS);
  setNonce(self, nonce + 1);
  warmAccount(account);
  open(account, self, account, value, given, CREATE_FRAME);
  if (TRACING) reportEnter(op, source, bytes);
  if (collides(account)) return finishFrame(CREATE_COLLISION);
  return beginCreation(account, self, value, source, bytes, load<u32>(p, F_MEMORY) + load<u32>(p, F_MEMORY_SIZE), stack);
}

/** Account that the creation would make; `salt` is a stack word, of CREATE2 only. */
function newAccount(op: u32, creator: u32, nonce: u64, salt: usize, source: usize, size: u32): u32 {
  if (op == CREATE2) create2Address(creator, salt, source, size);
  else createAddress(creator, nonce);
  return accountOf(NEW_ADDRESS);
}
