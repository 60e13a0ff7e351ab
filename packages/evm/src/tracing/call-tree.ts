import { EvmEngineError } from "../errors.ts";
import type { TraceEnter, TraceListener } from "./events.ts";

export interface CallNode extends Omit<TraceEnter, "callerGas"> {
  /** 0 success, 1 REVERT, other numbers as in SPEC 1.4 and 6.1. */
  outcome: number;
  gasUsed: bigint;
  output: Uint8Array;
  readonly calls: CallNode[];
}

export interface CallTree extends TraceListener {
  /** The outermost frame, once it has opened. */
  readonly root: CallNode | null;
}

/** Collects frames into a tree of at most `maxFrames`; more of them make the trace fail with TRACE_TOO_LARGE. */
export function callTree(maxFrames: number): CallTree {
  let root: CallNode | null = null;
  let count = 0;
  const path: CallNode[] = [];
  return {
    get root() {
      return root;
    },
    enter({ kind, from, to, value, gas, input }) {
      if (++count > maxFrames)
        throw new EvmEngineError("TRACE_TOO_LARGE", "the trace has too many frames", { maxFrames });
      const node: CallNode = { kind, from, to, value, gas, input, outcome: 0, gasUsed: 0n, output: NOTHING, calls: [] };
      path.at(-1)?.calls.push(node);
      root ??= node;
      path.push(node);
    },
    exit({ outcome, gasLeft, output }) {
      const node = path.pop()!;
      node.outcome = outcome;
      node.gasUsed = node.gas - gasLeft;
      node.output = output;
    },
  };
}

const NOTHING = new Uint8Array(0);
