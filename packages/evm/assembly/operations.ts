// Operations that have a price or a look-up of their own. Each takes the gas left and returns what is left after it,
// NO_GAS, MISS_GAS (nothing has changed: run it again after the load) or a negated frame outcome.
import { callDataCopy, codeCopy, extCodeCopy, keccakOp, log, mcopy, returnDataCopy } from "./data-operations";
import { blobCount, blobs, ENV, ENV_BLOB_BASE_FEE, fork } from "./environment";
import * as op from "./opcodes";
import {
  balance, blockHash, extCodeHash, extCodeSize, selfBalance, sload, sstore, tload, tstore,
} from "./state-operations";
import { INVALID_OPCODE, NO_GAS } from "./status";
import { byteLength, copyWord, countLeadingZeros, exp, fits64, fromBytes, setWord } from "./u256";

/** Runs one of them. Its result replaces its operands; the loop moves the stack pointer. */
export function operate(code: u32, sp: usize, gas: i64): i64 {
  if (<u32>load<u8>(op.FORK + code) > fork) return -<i64>INVALID_OPCODE;
  switch (code) {
    case op.SLOAD: return sload(sp, gas);
    case op.SSTORE: return sstore(sp, gas);
    case op.KECCAK256: return keccakOp(sp, gas);
    case op.CALLDATACOPY: return callDataCopy(sp, gas);
    case op.CODECOPY: return codeCopy(sp, gas);
    case op.RETURNDATACOPY: return returnDataCopy(sp, gas);
    case op.MCOPY: return mcopy(sp, gas);
    case op.LOG0: case op.LOG1: case op.LOG2: case op.LOG3: case op.LOG4: return log(sp, code - op.LOG0, gas);
    case op.EXP: return power(sp, gas);
    case op.BALANCE: return balance(sp, gas);
    case op.SELFBALANCE: return selfBalance(sp, gas);
    case op.EXTCODESIZE: return extCodeSize(sp, gas);
    case op.EXTCODECOPY: return extCodeCopy(sp, gas);
    case op.EXTCODEHASH: return extCodeHash(sp, gas);
    case op.TLOAD: return tload(sp, gas);
    case op.TSTORE: return tstore(sp, gas);
    case op.BLOCKHASH: return blockHash(sp, gas);
    case op.BLOBHASH: return blobHash(sp, gas);
    case op.BLOBBASEFEE:
      copyWord(sp, ENV + ENV_BLOB_BASE_FEE);
      return gas;
    case op.CLZ:
      setWord(sp - 32, countLeadingZeros(sp - 32));
      return gas;
    default: return -<i64>INVALID_OPCODE;
  }
}

function power(sp: usize, gas: i64): i64 {
  gas -= <i64>byteLength(sp - 64) * 50;
  if (gas < 0) return NO_GAS;
  exp(sp - 64, sp - 32, sp - 64);
  return gas;
}

function blobHash(sp: usize, gas: i64): i64 {
  const at = sp - 32;
  if (fits64(at) && load<u64>(at) < <u64>blobCount) fromBytes(at, blobs + (<usize>load<u32>(at) << 5));
  else setWord(at, 0);
  return gas;
}
