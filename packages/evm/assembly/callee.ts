// What a call to an account runs, delegations (EIP-7702) followed.
import {
  accountOf, ensureAccount, flagsOf, hasNoCode, PRECOMPILE_SHIFT, SYSTEM, SYSTEM_CODE, SYSTEM_HASH,
} from "./accounts";
import { addCode, C_BYTES, C_SIZE } from "./code";
import { fork, PRAGUE } from "./environment";
import { accountCode } from "./state-operations";

export const NO_DELEGATE: u32 = 0xffffffff;

/** Size of a delegation: ef0100 and an address. */
const DELEGATION_SIZE: u32 = 23;
/** The first three bytes of a delegation, read as a little endian number. */
const DELEGATION_MARK: u32 = 0x0001ef;

/** Code record that a call to the account of the last `resolve` runs; 0 = none. */
export let callee: usize = 0;
/** Account that the code of that account delegates to, or NO_DELEGATE. */
export let delegate: u32 = NO_DELEGATE;

/**
 * Finds what a call to a loaded account runs; false when the host must load something first. One delegation is followed,
 * and never into the host: a precompile as delegate has no code, a system contract the code that contracts see.
 */
export function resolve(target: u32): bool {
  delegate = NO_DELEGATE;
  callee = 0;
  const kind = flagsOf(target);
  if ((kind & SYSTEM) != 0 || (kind >> PRECOMPILE_SHIFT) != 0 || hasNoCode(target)) return true;
  callee = accountCode(target);
  if (callee == 0) return false;
  if (fork < PRAGUE || load<u32>(callee, C_SIZE) != DELEGATION_SIZE) return true;
  const bytes = load<usize>(callee, C_BYTES);
  if ((load<u32>(bytes) & 0xffffff) != DELEGATION_MARK) return true;
  // Code is followed by zero bytes, as addresses in memory must be.
  const found = accountOf(bytes + 3);
  if (!ensureAccount(found)) return false;
  delegate = found;
  callee = 0;
  const flags = flagsOf(found);
  if (flags & SYSTEM) callee = addCode(SYSTEM_HASH, SYSTEM_CODE, 1);
  else if ((flags >> PRECOMPILE_SHIFT) != 0 || hasNoCode(found)) return true;
  else callee = accountCode(found);
  return callee != 0;
}
