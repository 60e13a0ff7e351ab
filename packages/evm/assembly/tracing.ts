// Hooks of the tracing build; the ordinary build (TRACE = 0) keeps nothing of them.
import { accountAt } from "./accounts";
import { traceEnter, traceExit, traceStep } from "./host";
import {
  depth, F_ACCOUNT, F_CALLER, F_GAS, F_TARGET, F_VALUE, frameAt, refund, returnData, returnSize, top,
} from "./machine";

// @ts-ignore: given on the compiler's command line
export const TRACING: bool = TRACE != 0;

/** An operation that waits for the host is run again; it was reported the first time. */
let repeated: bool = false;

export function willRepeat(): void {
  repeated = true;
}

export function reportStep(pc: usize, op: u32, gas: i64, floor: usize, height: usize, memory: usize, size: u32): void {
  if (repeated) {
    repeated = false;
    return;
  }
  traceStep(
    <u32>pc, op, gas, <u32>depth + 1, floor, <u32>height, memory, size, returnData, returnSize, refund,
  );
}

export function reportEnter(op: u32, input: usize, size: u32): void {
  const f = top();
  traceEnter(
    op, accountAt(load<u32>(f, F_CALLER)), accountAt(load<u32>(f, F_TARGET)), accountAt(load<u32>(f, F_ACCOUNT)), f + F_VALUE,
    load<i64>(f, F_GAS), input, size, depth == 0 ? 0 : load<i64>(frameAt(depth - 1), F_GAS),
  );
}

/** A call or creation that opens no frame; the top frame is its caller `from`, and `gas` goes back to it. */
export function reportRefused(
  op: u32, from: u32, to: u32, value: usize, gas: i64, input: usize, size: u32, outcome: i32,
): void {
  const caller = accountAt(from);
  traceEnter(op, caller, accountAt(to), caller, value, gas, input, size, load<i64>(top(), F_GAS));
  traceExit(outcome, gas, 0, 0);
}

export function reportExit(outcome: i32): void {
  traceExit(outcome, load<i64>(top(), F_GAS), returnData, returnSize);
}
