// Statements that open frames.
import { account, SYSTEM } from "./cast.ts";
import { type Draft, extent, returnData } from "./statements.ts";

/** Commands the system contract of the host knows, see FuzzHost. */
const COMMANDS = 6;
type Call = "CALL" | "CALLCODE" | "DELEGATECALL" | "STATICCALL";

/** What a call or creation pays: nothing, a little, or more than anybody has. */
function value({ random }: Draft): bigint {
  const kind = random.below(100);
  return kind < 60 ? 0n : kind < 96 ? BigInt(random.below(50)) : random.word();
}

/** Gas handed to a callee: all of it, a share, an amount, or none but the stipend. */
function gas({ random, code }: Draft): void {
  const kind = random.below(100);
  if (kind < 20) {
    code.op("GAS");
  } else if (kind < 65) {
    // Up to all of it, seldom around the sixty-fourth that a caller keeps at least.
    code.push(random.below(2000));
    code.op("GAS");
    code.push(random.pick([0, 1, 1, 2]));
    code.op("SHR", "SUB");
  } else if (kind < 72) {
    code.push(0);
  } else {
    code.push(kind < 98 ? BigInt(random.below(60_000)) : random.word());
  }
}

/** Calls what `target` leaves on the stack and leaves 0 or 1. */
function callOf(draft: Draft, op: Call, target: () => void, inputOffset: bigint, inputSize: bigint): void {
  const { random, code } = draft;
  code.push(random.chance(0.5) ? BigInt(random.below(70)) : extent(random));
  code.push(extent(random));
  code.push(inputSize);
  code.push(inputOffset);
  if (op === "CALL" || op === "CALLCODE") code.push(value(draft));
  target();
  gas(draft);
  code.op(op);
}

/** A call, and what becomes of its return data. */
export function call(draft: Draft): void {
  const { random, code } = draft;
  const op = random.pick(["CALL", "CALL", "CALL", "CALLCODE", "DELEGATECALL", "STATICCALL"] as const);
  const target = account(random);
  const push = () => code.push(target);
  if (target === SYSTEM) {
    // The first byte of the input is the command.
    code.push(random.below(COMMANDS));
    code.push(0);
    code.op("MSTORE8");
    callOf(draft, op, push, 0n, BigInt(1 + random.below(40)));
  } else {
    callOf(draft, op, push, extent(random), extent(random));
  }
  if (random.chance(0.5)) returnData(draft);
}

/** Creates a contract from init code and does something with it, or the same again. Leaves its address, or 0. */
export function create(draft: Draft, init: Uint8Array): void {
  const { random, code } = draft;
  const again = random.chance(0.2);
  code.toMemory(init);
  const second = random.chance(0.5);
  const salt = random.below(3);
  for (let i = 0; i < (again ? 2 : 1); i++) {
    if (second) code.push(salt);
    code.push(random.chance(0.98) ? BigInt(init.length) : extent(random));
    code.push(0);
    code.push(value(draft));
    code.op(second ? "CREATE2" : "CREATE");
    if (random.chance(0.2)) returnData(draft);
    use(draft);
  }
}

/** Does something with the account whose address is on top of the stack, and leaves that there. */
function use(draft: Draft): void {
  const { random, code } = draft;
  for (let i = random.below(3); i > 0; i--) {
    const height = code.height;
    if (random.chance(0.4)) {
      code.dup(1);
      code.op(random.pick(["BALANCE", "EXTCODESIZE", "EXTCODEHASH"]));
    } else {
      const op = random.pick(["CALL", "CALL", "DELEGATECALL", "STATICCALL"] as const);
      callOf(draft, op, () => code.dup(code.height - height + 1), 0n, 0n);
    }
    // The address is on top again, its answer below.
    code.swap(1);
  }
}
