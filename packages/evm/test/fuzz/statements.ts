// Statements without calls. Each leaves the stack as high as it was, or a few items higher.
import type { EvmFork } from "@fb/types";
import type { Assembler } from "./assembler.ts";
import { account } from "./cast.ts";
import { exists, type Opcode } from "./opcodes.ts";
import type { Random } from "./random.ts";

/** A program under way. */
export interface Draft {
  readonly random: Random;
  readonly code: Assembler;
  readonly fork: EvmFork;
}

const UNARY: readonly Opcode[] = ["ISZERO", "NOT", "CLZ"];
const BINARY: readonly Opcode[] = [
  ...([
    "ADD",
    "MUL",
    "SUB",
    "DIV",
    "SDIV",
    "MOD",
    "SMOD",
    "EXP",
    "SIGNEXTEND",
    "LT",
    "GT",
    "SLT",
    "SGT",
    "EQ",
  ] as const),
  ...(["AND", "OR", "XOR", "BYTE", "SHL", "SHR", "SAR"] as const),
];
const SURROUNDINGS: readonly Opcode[] = [
  ...(["ADDRESS", "ORIGIN", "CALLER", "CALLVALUE", "CALLDATASIZE", "CODESIZE", "GASPRICE", "RETURNDATASIZE"] as const),
  ...(["COINBASE", "TIMESTAMP", "NUMBER", "PREVRANDAO", "GASLIMIT", "CHAINID", "SELFBALANCE", "BASEFEE"] as const),
  ...(["BLOBBASEFEE", "PC", "MSIZE", "GAS"] as const),
];
const BLOCK_NUMBER = 1000;

/** A place in memory or input, or a size: small, seldom large, very seldom beyond what gas can pay. */
export function extent(random: Random): bigint {
  const kind = random.below(800);
  if (kind === 0) return random.word();
  return BigInt(random.below(kind < 10 ? 6000 : kind < 200 ? 33 : 200));
}

/** A number, often one that is on the stack already. */
export function operand({ random, code }: Draft): void {
  if (code.height > 3 && random.chance(0.3)) code.dup(1 + random.below(Math.min(code.height, 16)));
  else code.push(random.word());
}

/** Writes the operation unless the fork lacks it; very seldom even then. */
function opIfKnown({ random, code, fork }: Draft, op: Opcode, otherwise: Opcode): void {
  code.op(exists(op, fork) || random.chance(0.01) ? op : otherwise);
}

export function arithmetic(draft: Draft): void {
  const { random, code } = draft;
  const kind = random.below(10);
  operand(draft);
  if (kind < 1) {
    opIfKnown(draft, random.pick(UNARY), "NOT");
  } else if (kind < 8) {
    if (random.chance(0.3)) code.push(random.below(260));
    else operand(draft);
    code.op(random.pick(BINARY));
  } else {
    operand(draft);
    operand(draft);
    code.op(random.pick(["ADDMOD", "MULMOD"]));
  }
}

export function memory(draft: Draft): void {
  const { random, code } = draft;
  const extents = (count: number) => {
    for (let i = 0; i < count; i++) code.push(extent(random));
  };
  switch (random.below(8)) {
    case 0:
      operand(draft);
      extents(1);
      code.op("MSTORE");
      break;
    case 1:
      operand(draft);
      extents(1);
      code.op("MSTORE8");
      break;
    case 2:
      extents(1);
      code.op("MLOAD");
      break;
    case 3:
      extents(3);
      code.op(random.pick(["CALLDATACOPY", "CODECOPY"]));
      break;
    case 4:
      extents(3);
      code.push(account(random));
      code.op("EXTCODECOPY");
      break;
    case 5:
      extents(2);
      code.op("KECCAK256");
      break;
    default:
      moveMemory(draft);
      break;
  }
}

/** MCOPY, mostly between ranges that overlap. */
function moveMemory(draft: Draft): void {
  const { random, code } = draft;
  const from = random.below(120);
  code.push(random.chance(0.9) ? random.below(100) : extent(random));
  code.push(from);
  code.push(Math.max(0, from + random.below(80) - 40));
  opIfKnown(draft, "MCOPY", "CALLDATACOPY");
}

/** Copies what a call left behind: all of it, the end of it, nothing from its end on, or seldom one byte too much. */
export function returnData({ random, code }: Draft): void {
  const shift = random.pick([0, 1, 2, 16, 16, 16]);
  const from = () => {
    code.op("RETURNDATASIZE");
    code.push(shift);
    code.op("SHR");
  };
  from();
  code.op("RETURNDATASIZE", "SUB");
  if (random.chance(0.02)) {
    code.push(1);
    code.op("ADD");
  }
  from();
  code.push(random.below(200));
  code.op("RETURNDATACOPY");
}

/** Asks for what is outside of the frame. */
export function question(draft: Draft): void {
  const { random, code } = draft;
  const kind = random.below(100);
  if (kind < 50) {
    code.push(account(random));
    code.op(random.pick(["BALANCE", "EXTCODESIZE", "EXTCODEHASH"]));
  } else if (kind < 58) {
    // The last 256 blocks have hashes.
    code.push(random.pick([random.below(300), BLOCK_NUMBER - random.below(3), BLOCK_NUMBER - 255 - random.below(3)]));
    code.op("BLOCKHASH");
  } else if (kind < 66) {
    code.push(random.chance(0.9) ? random.below(5) : random.word());
    opIfKnown(draft, "BLOBHASH", "BLOCKHASH");
  } else if (kind < 74) {
    code.push(extent(random));
    code.op("CALLDATALOAD");
  } else {
    opIfKnown(draft, random.pick(SURROUNDINGS), "NUMBER");
  }
}

export function storage(draft: Draft): void {
  const { random, code } = draft;
  const transient = random.chance(0.3);
  const load = random.chance(0.35);
  if (!load) {
    if (random.chance(0.7)) code.push(random.below(3));
    else operand(draft);
  }
  code.push(random.chance(0.95) ? random.below(4) : random.word());
  if (load) opIfKnown(draft, transient ? "TLOAD" : "SLOAD", "SLOAD");
  else opIfKnown(draft, transient ? "TSTORE" : "SSTORE", "SSTORE");
}

export function log({ random, code }: Draft): void {
  const topics = random.below(5);
  for (let i = 0; i < topics; i++) code.push(random.word());
  code.push(extent(random));
  code.push(extent(random));
  code.log(topics);
}

export function shuffle(draft: Draft): void {
  const { random, code } = draft;
  const kind = random.below(3);
  if (kind === 0 && code.height > 1) code.swap(1 + random.below(Math.min(code.height - 1, 16)));
  else if (kind === 1 && code.height > 0) code.op("POP");
  else operand(draft);
}

/** Jumps over bytes that are no code, though they may look like it. */
export function gap({ random, code }: Draft): void {
  const ahead = code.jumpAhead("JUMP");
  code.raw(...random.bytes(random.below(40)));
  // Ends the operand of a PUSH among them.
  code.raw(...new Uint8Array(32));
  code.land(ahead);
}

/** Something that ends the frame, or the program at this place. */
export function fault({ random, code }: Draft): void {
  switch (random.below(6)) {
    case 0:
      code.op("INVALID");
      break;
    case 1:
      code.raw(random.below(256));
      break;
    case 2:
      code.push(extent(random));
      code.op("JUMP");
      break;
    case 3:
      code.raw(...Array.from({ length: code.height + 1 }, () => 0x50));
      break;
    case 4:
      code.raw(...Array.from({ length: 1030 }, () => 0x5f));
      break;
    default:
      code.push(extent(random));
      code.push(extent(random));
      code.op("REVERT");
      break;
  }
}
