// Static facts about opcodes. A block is straight-line code; it ends before JUMPDEST and after an operation that jumps,
// halts or can observe the gas left.

/** First fork that has the opcode: 0 Shanghai, 1 Cancun, 2 Prague, 3 Osaka, 255 undefined. */
export const FORK: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 255,
  0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 255, 255, 255, 255, 255,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 0, 255, 255, 0, 255, 0,
], 16);

/** Gas charged before anything dynamic. */
export const STATIC_GAS: usize = memory.data<u16>([
  0, 3, 5, 3, 5, 5, 5, 5, 8, 8, 10, 5, 0, 0, 0, 0,
  3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 5, 0,
  30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  2, 100, 2, 2, 2, 3, 2, 3, 2, 3, 2, 100, 100, 2, 3, 100,
  20, 2, 2, 2, 2, 2, 2, 5, 2, 3, 2, 0, 0, 0, 0, 0,
  2, 3, 3, 3, 100, 0, 8, 10, 2, 2, 2, 1, 100, 100, 3, 2,
  3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
  3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
  3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
  3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
  375, 750, 1125, 1500, 1875, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5000,
], 16);

/** Stack items an operation needs. */
export const NEEDS: usize = memory.data<u8>([
  0, 2, 2, 2, 2, 2, 2, 2, 3, 3, 2, 2, 0, 0, 0, 0,
  2, 2, 2, 2, 2, 1, 2, 2, 2, 1, 2, 2, 2, 2, 1, 0,
  2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 1, 0, 0, 0, 1, 0, 3, 0, 3, 0, 1, 4, 0, 3, 1,
  1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0,
  1, 1, 2, 2, 1, 2, 1, 2, 0, 0, 0, 0, 1, 2, 3, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
  2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
  2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  3, 7, 7, 2, 6, 4, 0, 0, 0, 0, 6, 0, 0, 2, 0, 1,
], 16);

/** Stack items left in place of those. */
export const LEAVES: usize = memory.data<u8>([
  0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0,
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0,
  1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1,
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0,
  0, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 1,
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
  2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  1, 1, 1, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0,
], 16);

/** 1 = a block ends after it. */
export const ENDS_BLOCK: usize = memory.data<u8>([
  1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
  0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1,
  0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
], 16);

/** Items an operation with a dynamic cost looks at before its gas is taken; 255 = gas is taken first. */
export const PEEKS: usize = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  2, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 1, 255, 255, 255, 255, 255, 3, 255, 3, 255, 1, 4, 255, 3, 1,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 1, 1, 1, 1, 2, 255, 255, 255, 255, 255, 255, 255, 255, 3, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  2, 2, 2, 2, 2, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  3, 7, 7, 2, 6, 4, 255, 255, 255, 255, 6, 255, 255, 2, 255, 1,
], 16);

export const STOP: u32 = 0x00;
export const ADD: u32 = 0x01;
export const MUL: u32 = 0x02;
export const SUB: u32 = 0x03;
export const DIV: u32 = 0x04;
export const SDIV: u32 = 0x05;
export const MOD: u32 = 0x06;
export const SMOD: u32 = 0x07;
export const ADDMOD: u32 = 0x08;
export const MULMOD: u32 = 0x09;
export const EXP: u32 = 0x0a;
export const SIGNEXTEND: u32 = 0x0b;
export const LT: u32 = 0x10;
export const GT: u32 = 0x11;
export const SLT: u32 = 0x12;
export const SGT: u32 = 0x13;
export const EQ: u32 = 0x14;
export const ISZERO: u32 = 0x15;
export const AND: u32 = 0x16;
export const OR: u32 = 0x17;
export const XOR: u32 = 0x18;
export const NOT: u32 = 0x19;
export const BYTE: u32 = 0x1a;
export const SHL: u32 = 0x1b;
export const SHR: u32 = 0x1c;
export const SAR: u32 = 0x1d;
export const CLZ: u32 = 0x1e;
export const KECCAK256: u32 = 0x20;
export const ADDRESS: u32 = 0x30;
export const BALANCE: u32 = 0x31;
export const ORIGIN: u32 = 0x32;
export const CALLER: u32 = 0x33;
export const CALLVALUE: u32 = 0x34;
export const CALLDATALOAD: u32 = 0x35;
export const CALLDATASIZE: u32 = 0x36;
export const CALLDATACOPY: u32 = 0x37;
export const CODESIZE: u32 = 0x38;
export const CODECOPY: u32 = 0x39;
export const GASPRICE: u32 = 0x3a;
export const EXTCODESIZE: u32 = 0x3b;
export const EXTCODECOPY: u32 = 0x3c;
export const RETURNDATASIZE: u32 = 0x3d;
export const RETURNDATACOPY: u32 = 0x3e;
export const EXTCODEHASH: u32 = 0x3f;
export const BLOCKHASH: u32 = 0x40;
export const COINBASE: u32 = 0x41;
export const TIMESTAMP: u32 = 0x42;
export const NUMBER: u32 = 0x43;
export const PREVRANDAO: u32 = 0x44;
export const GASLIMIT: u32 = 0x45;
export const CHAINID: u32 = 0x46;
export const SELFBALANCE: u32 = 0x47;
export const BASEFEE: u32 = 0x48;
export const BLOBHASH: u32 = 0x49;
export const BLOBBASEFEE: u32 = 0x4a;
export const POP: u32 = 0x50;
export const MLOAD: u32 = 0x51;
export const MSTORE: u32 = 0x52;
export const MSTORE8: u32 = 0x53;
export const SLOAD: u32 = 0x54;
export const SSTORE: u32 = 0x55;
export const JUMP: u32 = 0x56;
export const JUMPI: u32 = 0x57;
export const PC: u32 = 0x58;
export const MSIZE: u32 = 0x59;
export const GAS: u32 = 0x5a;
export const JUMPDEST: u32 = 0x5b;
export const TLOAD: u32 = 0x5c;
export const TSTORE: u32 = 0x5d;
export const MCOPY: u32 = 0x5e;
export const PUSH0: u32 = 0x5f;
export const PUSH1: u32 = 0x60;
export const PUSH2: u32 = 0x61;
export const PUSH3: u32 = 0x62;
export const PUSH4: u32 = 0x63;
export const PUSH20: u32 = 0x73;
export const PUSH32: u32 = 0x7f;
export const DUP1: u32 = 0x80;
export const SWAP1: u32 = 0x90;
export const LOG0: u32 = 0xa0;
export const LOG1: u32 = 0xa1;
export const LOG2: u32 = 0xa2;
export const LOG3: u32 = 0xa3;
export const LOG4: u32 = 0xa4;
export const CREATE: u32 = 0xf0;
export const CALL: u32 = 0xf1;
export const CALLCODE: u32 = 0xf2;
export const RETURN: u32 = 0xf3;
export const DELEGATECALL: u32 = 0xf4;
export const CREATE2: u32 = 0xf5;
export const STATICCALL: u32 = 0xfa;
export const REVERT: u32 = 0xfd;
export const SELFDESTRUCT: u32 = 0xff;
