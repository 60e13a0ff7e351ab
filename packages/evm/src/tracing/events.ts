import type { Address } from "@fb/types";
import type { LinearMemory } from "../engine/memory.ts";

/** One operation about to run, by the names of EIP-3155. The functions answer only during the callback. */
export interface TraceStep {
  readonly pc: number;
  /** Opcode. */
  readonly op: number;
  /** Gas left before the operation. */
  readonly gas: bigint;
  /** 1 for the outermost frame. */
  readonly depth: number;
  /** Bytes of frame memory. */
  readonly memSize: number;
  /** Refund counter of the transaction. */
  readonly refund: bigint;
  /** Bottom first. */
  stack(): readonly bigint[];
  memory(): Uint8Array;
  returnData(): Uint8Array;
}

export type CallKind = "CALL" | "CALLCODE" | "DELEGATECALL" | "STATICCALL" | "CREATE" | "CREATE2";

/** A frame that opened, or would have: a call or creation refused at once is told by this and an exit that follows it. */
export interface TraceEnter {
  readonly kind: CallKind;
  readonly from: Address;
  /** Where the code comes from; the new contract's address for a creation. */
  readonly to: Address;
  readonly value: bigint;
  readonly gas: bigint;
  /** Gas the calling frame keeps meanwhile; 0 for the outermost. */
  readonly callerGas: bigint;
  readonly input: Uint8Array;
}

export interface TraceExit {
  /** 0 success, 1 REVERT, other numbers as in SPEC 1.4 and 6.1. */
  readonly outcome: number;
  readonly gasLeft: bigint;
  readonly output: Uint8Array;
}

export interface TraceListener {
  step?(step: TraceStep): void;
  enter?(frame: TraceEnter): void;
  exit?(frame: TraceExit): void;
}

const KINDS: ReadonlyMap<number, CallKind> = new Map([
  [0xf0, "CREATE"],
  [0xf1, "CALL"],
  [0xf2, "CALLCODE"],
  [0xf4, "DELEGATECALL"],
  [0xf5, "CREATE2"],
  [0xfa, "STATICCALL"],
]);

/** The imports of the tracing build, turned into events for whoever listens now. */
export function traceImports(memory: () => LinearMemory, listener: () => TraceListener): Record<string, unknown> {
  return {
    traceStep(...[pc, op, gas, depth, stack, height, at, memSize, output, outputSize, refund]: StepArguments): void {
      listener().step?.({
        pc,
        op,
        gas,
        depth,
        memSize,
        refund,
        stack: () => Array.from({ length: height / 32 }, (_, i) => memory().readWord(stack + 32 * i)),
        memory: () => memory().slice(at, memSize),
        returnData: () => memory().slice(output, outputSize),
      });
    },
    traceEnter(...[op, caller, target, account, value, gas, input, size, callerGas]: EnterArguments): void {
      const kind = KINDS.get(op)!;
      const from = kind === "DELEGATECALL" || kind === "CALLCODE" ? account : caller;
      listener().enter?.({
        kind,
        from: memory().slice(from, 20),
        to: memory().slice(target, 20),
        value: memory().readWord(value),
        gas,
        callerGas,
        input: memory().slice(input, size),
      });
    },
    traceExit(outcome: number, gasLeft: bigint, output: number, size: number): void {
      listener().exit?.({ outcome, gasLeft, output: memory().slice(output, size) });
    },
  };
}

type StepArguments = [
  pc: number,
  op: number,
  gas: bigint,
  depth: number,
  stack: number,
  height: number,
  memory: number,
  memSize: number,
  output: number,
  outputSize: number,
  refund: bigint,
];

type EnterArguments = [
  op: number,
  caller: number,
  target: number,
  account: number,
  value: number,
  gas: bigint,
  input: number,
  size: number,
  callerGas: bigint,
];
