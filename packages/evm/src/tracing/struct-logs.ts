import type { TraceListener, TraceStep } from "./events.ts";
import type { StructLogOptions } from "./options.ts";

/** A step as EIP-3155 has it. `gasCost` includes what a call hands on; it is 0 for the operation that makes a frame fail. */
export interface StructLog {
  readonly pc: number;
  readonly op: number;
  readonly gas: bigint;
  gasCost: bigint;
  readonly memSize: number;
  readonly stack: readonly bigint[];
  readonly depth: number;
  readonly refund: bigint;
  readonly memory?: Uint8Array;
  readonly returnData?: Uint8Array;
}

export interface StructLogs extends TraceListener {
  readonly steps: readonly StructLog[];
  readonly dropped: number;
}

/** Collects steps. */
export function structLogs(options: StructLogOptions): StructLogs {
  const steps: StructLog[] = [];
  /** The step of each running frame whose cost is not known yet. */
  const open: (StructLog | null)[] = [];
  let dropped = 0;
  const close = (gas: bigint) => {
    const last = open.at(-1);
    if (last !== null && last !== undefined) last.gasCost = last.gas - gas;
  };
  return {
    steps,
    get dropped() {
      return dropped;
    },
    step(step) {
      const previous = open.at(-1);
      if (previous !== null && previous !== undefined && previous.gasCost === 0n) close(step.gas);
      if (steps.length >= options.maxSteps) {
        dropped++;
        open[open.length - 1] = null;
        return;
      }
      const log = toLog(step, options);
      steps.push(log);
      open[open.length - 1] = log;
    },
    enter({ callerGas, gas, kind }) {
      // What a creation hands on is not part of its price, what a call hands on is.
      if (open.length > 0) close(kind === "CREATE" || kind === "CREATE2" ? callerGas + gas : callerGas);
      open.push(null);
    },
    exit({ outcome, gasLeft }) {
      const last = open.at(-1);
      if (outcome <= 1 && last !== null && last !== undefined && last.gasCost === 0n) close(gasLeft);
      open.pop();
    },
  };
}

function toLog(step: TraceStep, { withMemory, withReturnData }: StructLogOptions): StructLog {
  const { pc, op, gas, memSize, depth, refund } = step;
  return {
    pc,
    op,
    gas,
    gasCost: 0n,
    memSize,
    stack: step.stack(),
    depth,
    refund,
    ...(withMemory === true ? { memory: step.memory() } : {}),
    ...(withReturnData === true ? { returnData: step.returnData() } : {}),
  };
}
