// Programs at limits that random ones do not reach: the depth of calls, sizes of code, input and memory.
import { Assembler } from "./assembler.ts";
import type { Random } from "./random.ts";

const MAX_CODE = 24_576;
const MAX_INIT_CODE = 49_152;

/** Calls itself, or creates its like, until the depth limit of 1,024; a slot, transient or not, tells how often. */
export function deepCode(random: Random, self: bigint): Uint8Array {
  const code = new Assembler();
  const op = random.pick(["CALL", "CALLCODE", "DELEGATECALL", "STATICCALL", "CREATE", "CREATE2"] as const);
  const writes = op !== "STATICCALL" && random.chance(0.7);
  const count = () => {
    code.push(0);
    code.op("SLOAD");
    code.push(1);
    code.op("ADD");
    code.push(0);
    code.op("SSTORE");
  };
  if (writes) count();
  if (op === "CREATE" || op === "CREATE2") {
    // Its own code is the init code; every creator is another account, so the salt may be the same.
    code.op("CODESIZE");
    code.push(0);
    code.push(0);
    code.op("CODECOPY");
    if (op === "CREATE2") code.push(random.below(3));
    code.op("CODESIZE");
    code.push(0);
    code.push(random.below(2));
    code.op(op);
  } else {
    for (const size of [random.below(33), 0, random.below(65), 0]) code.push(size);
    if (op === "CALL" || op === "CALLCODE") code.push(random.below(2));
    code.push(self);
    code.op("GAS", op);
  }
  // The innermost fails to go deeper: what it does then, all others do not.
  const ahead = code.jumpAhead("JUMPI");
  if (writes && random.chance(0.5)) count();
  if (random.chance(0.2)) code.op("INVALID");
  code.land(ahead);
  code.op("RETURNDATASIZE", "MSIZE", "ADD");
  code.push(0);
  code.op("MSTORE");
  code.push(random.below(40));
  code.push(0);
  code.op(random.chance(0.9) ? "RETURN" : "REVERT");
  return code.code();
}

export interface Wide {
  /** Code of the called contract. */
  readonly code: Uint8Array;
  /** Input of the message, or init code when it creates. */
  readonly data: Uint8Array;
}

/** Large input, init code, code or memory, at their limits. `self` is the contract, `other` one that it may call. */
export function wideCode(random: Random, self: bigint, other: bigint): Wide {
  const near = (limit: number) => limit - 2 + random.below(4);
  const code = new Assembler();
  switch (random.below(3)) {
    case 0:
      createAtLimit(random, code, random.chance(0.5) ? near(MAX_INIT_CODE) : 64 + random.below(200));
      break;
    case 1:
      passInput(random, code, random.pick([2n, 3n, 4n, 5n, 9n, self, other, other, other]));
      break;
    default:
      useMemory(random, code);
  }
  const data = returningInitCode(random, near(MAX_CODE));
  const padded = new Uint8Array(random.pick([data.length, near(MAX_INIT_CODE), random.below(60_000)]));
  padded.set(data.subarray(0, padded.length));
  return { code: code.code(), data: padded };
}

/** Init code that returns `size` bytes of which the first may be ef. */
function returningInitCode(random: Random, size: number): Uint8Array {
  const code = new Assembler();
  code.push(random.pick([0, 0x5b, 0xef]));
  code.push(0);
  code.op("MSTORE8");
  code.push(size);
  code.push(0);
  code.op("RETURN");
  return code.code();
}

/** Creates a contract with a code about as large as it may be, from init code of `size` bytes. */
function createAtLimit(random: Random, code: Assembler, size: number): void {
  code.toMemory(returningInitCode(random, MAX_CODE - 2 + random.below(4)));
  const second = random.chance(0.5);
  if (second) code.push(1);
  code.push(size);
  code.push(0);
  code.push(0);
  code.op(second ? "CREATE2" : "CREATE");
  code.dup(1);
  code.op("EXTCODESIZE");
  code.push(0);
  code.op("MSTORE");
  code.push(32);
  code.op("MSTORE");
  code.push(64);
  code.push(0);
  code.op("RETURN");
}

/** Hands all input on, and returns what comes back with a hash of it all. */
function passInput(random: Random, code: Assembler, target: bigint): void {
  code.op("CALLDATASIZE");
  code.push(0);
  code.push(random.below(100));
  code.op("CALLDATACOPY");
  code.push(random.below(100_000));
  code.push(random.below(2000));
  code.op("MSIZE");
  code.push(random.below(100));
  code.push(target);
  code.op("GAS", random.pick(["DELEGATECALL", "STATICCALL"]));
  code.op("RETURNDATASIZE");
  code.push(0);
  code.op("MSIZE", "RETURNDATACOPY", "MSIZE");
  code.push(0);
  code.op("KECCAK256");
  code.push(0);
  code.op("MSTORE", "MSIZE");
  code.push(0);
  code.op(random.chance(0.8) ? "RETURN" : "REVERT");
}

/** Moves much memory about. */
function useMemory(random: Random, code: Assembler): void {
  const far = () => BigInt(random.below(1 << (10 + random.below(9))));
  for (let i = 2 + random.below(8); i > 0; i--) {
    switch (random.below(5)) {
      case 0:
        code.push(random.word());
        code.push(far());
        code.op("MSTORE");
        break;
      case 1:
        for (let n = 0; n < 3; n++) code.push(far());
        code.op(random.pick(["MCOPY", "CODECOPY", "CALLDATACOPY"]));
        break;
      case 2:
        code.push(far());
        code.push(far());
        code.op("KECCAK256");
        break;
      case 3:
        code.push(far());
        code.push(far());
        code.log(0);
        break;
      default:
        code.op("MSIZE");
    }
  }
  code.push(far());
  code.push(far());
  code.op("RETURN");
}
