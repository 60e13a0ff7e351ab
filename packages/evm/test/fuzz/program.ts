import type { EvmFork } from "@fb/types";
import { Assembler } from "./assembler.ts";
import { call, create } from "./calls.ts";
import { account } from "./cast.ts";
import type { Random } from "./random.ts";
import { arithmetic, type Draft, extent, fault, gap, log, memory, question, shuffle, storage } from "./statements.ts";

/** Bytes after which a program gets no more statements. */
const FULL = 4000;
const MOST_NESTED_BRANCHES = 3;
const MOST_NESTED_LOOPS = 2;
/** Stack items that a program tells of when it ends. */
const MOST_TOLD = 5;

/** What code a fresh contract gets, besides random programs. */
const RUNTIMES: readonly (readonly number[])[] = [
  [],
  // SSTORE(0, 1)
  [0x60, 0x01, 0x5f, 0x55],
  // SELFDESTRUCT to the caller, to itself
  [0x33, 0xff],
  [0x30, 0xff],
  // Refused (EIP-3541), also when it would be a delegation.
  [0xef, 0x00],
  [0xef, 0x01, 0x00, ...new Array<number>(20).fill(0xcc)],
  // REVERT
  [0x5f, 0x5f, 0xfd],
  // TSTORE(0, 7), returns TLOAD(0)
  [0x60, 0x07, 0x5f, 0x5d, 0x5f, 0x5c, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3],
];

export function writeProgram(random: Random, fork: EvmFork): Uint8Array {
  if (random.chance(0.03)) return random.bytes(random.below(200));
  const draft = { random, fork, code: new Assembler() };
  block(draft, 3 + random.below(17), 0);
  finish(draft);
  return draft.code.code();
}

/** `depth` counts the branches and loops around the block. */
function block(draft: Draft, statements: number, depth: number): void {
  const { random, code } = draft;
  for (let i = 0; i < statements && code.size < FULL; i++) {
    const kind = random.below(100);
    if (kind < 18) arithmetic(draft);
    else if (kind < 32) memory(draft);
    else if (kind < 46) storage(draft);
    else if (kind < 56) question(draft);
    else if (kind < 60) log(draft);
    else if (kind < 74) call(draft);
    else if (kind < 79) create(draft, writeInitCode(random, draft.fork, depth));
    else if (kind < 85) branch(draft, depth);
    else if (kind < 89) loop(draft, depth);
    else if (kind < 91) gap(draft);
    else if (kind < 99) shuffle(draft);
    else if (random.chance(0.4)) fault(draft);
  }
}

function branch(draft: Draft, depth: number): void {
  if (depth >= MOST_NESTED_BRANCHES) return;
  const { random, code } = draft;
  code.push(random.chance(0.8) ? BigInt(random.below(2)) : random.word());
  const ahead = code.jumpAhead("JUMPI");
  const height = code.height;
  block(draft, 1 + random.below(4), depth + 1);
  code.level(height);
  code.land(ahead);
}

function loop(draft: Draft, depth: number): void {
  if (depth >= MOST_NESTED_LOOPS) return;
  const { random, code } = draft;
  code.push(1 + random.below(3));
  const start = code.mark();
  const height = code.height;
  block(draft, 1 + random.below(4), depth + 1);
  code.level(height);
  // On with the counter less 1, until it is 0.
  code.push(1);
  code.swap(1);
  code.op("SUB");
  code.dup(1);
  code.jumpBack(start);
}

/** Ends in one of the ways a program can end, mostly telling what is on the stack and in memory. */
function finish(draft: Draft): void {
  const { random, code } = draft;
  const kind = random.below(100);
  if (kind < 64) {
    const told = Math.min(code.height, MOST_TOLD);
    for (let i = 0; i < told; i++) {
      code.push(32 * i);
      code.op("MSTORE");
    }
    const whole = random.chance(0.7);
    code.push(whole ? BigInt(32 * told + random.below(150)) : extent(random));
    code.push(whole ? 0n : extent(random));
    code.op(kind < 54 ? "RETURN" : "REVERT");
  } else if (kind < 74) {
    if (random.chance(0.8)) code.push(account(random));
    else code.op(random.pick(["ADDRESS", "CALLER"]));
    code.op("SELFDESTRUCT");
  } else if (kind < 80) {
    // Cut off inside the operand of a PUSH.
    code.raw(0x60 + random.below(32), 1);
  }
}

/** Some statements, then a piece of code returned. */
function writeInitCode(random: Random, fork: EvmFork, depth: number): Uint8Array {
  if (random.chance(0.08)) return random.bytes(random.below(60));
  const draft = { random, fork, code: new Assembler() };
  const { code } = draft;
  block(draft, random.below(3), depth + 1);
  if (random.chance(0.15)) finish(draft);
  const runtime = random.chance(0.3) ? writeRuntime(random, fork) : Uint8Array.from(random.pick(RUNTIMES));
  code.toMemory(runtime);
  code.push(random.chance(0.97) ? runtime.length : random.below(26_000));
  code.push(0);
  code.op("RETURN");
  return code.code();
}

/** A small program without creations. */
function writeRuntime(random: Random, fork: EvmFork): Uint8Array {
  const draft = { random, fork, code: new Assembler() };
  for (let i = random.below(4); i > 0; i--) random.pick([arithmetic, storage, question, call, memory])(draft);
  finish(draft);
  return draft.code.code();
}
