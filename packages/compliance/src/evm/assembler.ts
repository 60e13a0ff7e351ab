import { bigToBytes, concatBytes } from "@fb/types";

/** The opcodes that tests name; PUSH comes from numbers and bytes. */
const OPCODES = {
  STOP: 0x00,
  ADD: 0x01,
  MUL: 0x02,
  SUB: 0x03,
  DIV: 0x04,
  LT: 0x10,
  GT: 0x11,
  EQ: 0x14,
  ISZERO: 0x15,
  AND: 0x16,
  KECCAK256: 0x20,
  ADDRESS: 0x30,
  BALANCE: 0x31,
  ORIGIN: 0x32,
  CALLER: 0x33,
  CALLVALUE: 0x34,
  CALLDATALOAD: 0x35,
  CALLDATASIZE: 0x36,
  CALLDATACOPY: 0x37,
  CODESIZE: 0x38,
  CODECOPY: 0x39,
  GASPRICE: 0x3a,
  EXTCODESIZE: 0x3b,
  EXTCODECOPY: 0x3c,
  RETURNDATASIZE: 0x3d,
  RETURNDATACOPY: 0x3e,
  EXTCODEHASH: 0x3f,
  BLOCKHASH: 0x40,
  COINBASE: 0x41,
  TIMESTAMP: 0x42,
  NUMBER: 0x43,
  PREVRANDAO: 0x44,
  GASLIMIT: 0x45,
  CHAINID: 0x46,
  SELFBALANCE: 0x47,
  BASEFEE: 0x48,
  BLOBHASH: 0x49,
  BLOBBASEFEE: 0x4a,
  POP: 0x50,
  MLOAD: 0x51,
  MSTORE: 0x52,
  MSTORE8: 0x53,
  SLOAD: 0x54,
  SSTORE: 0x55,
  JUMP: 0x56,
  JUMPI: 0x57,
  PC: 0x58,
  MSIZE: 0x59,
  GAS: 0x5a,
  JUMPDEST: 0x5b,
  TLOAD: 0x5c,
  TSTORE: 0x5d,
  MCOPY: 0x5e,
  PUSH0: 0x5f,
  DUP1: 0x80,
  DUP2: 0x81,
  DUP3: 0x82,
  SWAP1: 0x90,
  SWAP2: 0x91,
  LOG0: 0xa0,
  LOG1: 0xa1,
  LOG2: 0xa2,
  LOG3: 0xa3,
  LOG4: 0xa4,
  CREATE: 0xf0,
  CALL: 0xf1,
  CALLCODE: 0xf2,
  RETURN: 0xf3,
  DELEGATECALL: 0xf4,
  CREATE2: 0xf5,
  STATICCALL: 0xfa,
  REVERT: 0xfd,
  INVALID: 0xfe,
  SELFDESTRUCT: 0xff,
} as const;
export type Mnemonic = keyof typeof OPCODES;
/** An opcode, a number to push in as few bytes as it needs (one at least), or bytes to push. */
export type Instruction = Mnemonic | number | bigint | Uint8Array;

/** Bytecode of a list of instructions. */
export function assemble(...program: readonly Instruction[]): Uint8Array {
  return concatBytes(...program.map((item) => (typeof item === "string" ? Uint8Array.of(OPCODES[item]) : push(item))));
}

/** Returns the word on top of the stack. 3 + 3 + 3 (memory) + 3 + 3 = 15 gas when memory is untouched. */
export const RETURN_TOP: readonly Instruction[] = [0, "MSTORE", 32, 0, "RETURN"];
export const RETURN_TOP_GAS = 15n;

/** Init code that deploys `code`. */
export function deployer(code: Uint8Array): Uint8Array {
  const head = (size: number): Uint8Array => assemble(code.length, size, 0, "CODECOPY", code.length, 0, "RETURN");
  return concatBytes(head(head(0).length), code);
}

function push(value: number | bigint | Uint8Array): Uint8Array {
  if (value instanceof Uint8Array) return concatBytes(Uint8Array.of(0x5f + value.length), value);
  const bytes = value === 0 || value === 0n ? Uint8Array.of(0) : bigToBytes(BigInt(value));
  return push(bytes);
}
