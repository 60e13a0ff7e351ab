import type { Address, PrecompileCall } from "@fb/types";
import { FRAME_FLAG } from "./layout.ts";
import type { LinearMemory } from "./memory.ts";

/** The system call that the module described at `answer`. Its input is copied only when the contract looks at it. */
export function readSystemCall(memory: LinearMemory, answer: number, origin: Address): PrecompileCall {
  const { view } = memory;
  const pointer = view.getUint32(answer + 4, true);
  const inputSize = view.getUint32(answer + 8, true);
  const flags = view.getUint32(answer + 12, true);
  let input: Uint8Array | null = null;
  return {
    address: memory.slice(view.getUint32(answer + 24, true), 20),
    caller: memory.slice(view.getUint32(answer + 28, true), 20),
    origin,
    inputSize,
    get input() {
      input ??= memory.slice(pointer, inputSize);
      return input;
    },
    value: memory.readWord(view.getUint32(answer + 32, true)),
    gas: view.getBigInt64(answer + 16, true),
    isStatic: (flags & FRAME_FLAG.static) !== 0,
    isDelegated: (flags & FRAME_FLAG.delegated) !== 0,
  };
}
