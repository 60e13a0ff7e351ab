import type { EVM } from "@ethereumjs/evm";
import { bigTo32 } from "@fb/types";

const CREATE = 0xf0;
const CREATE2 = 0xf5;

type OpHandler = EVM["_opcodeMap"][number]["opHandler"];

/**
 * Lets CREATE and CREATE2 run init code that begins with ef00, which fails at its first byte and takes the gas it was
 * given. The library answers 0 without running it, a rule of EOF (EIP-3540) that no fork here has.
 */
export function runAnyInitCode(opcodes: EVM["_opcodeMap"]): void {
  for (const opcode of [CREATE, CREATE2]) {
    const entry = opcodes[opcode]!;
    const inner = entry.opHandler;
    const operands = opcode === CREATE2 ? 4 : 3;
    // The library awaits what a handler answers, though the type of some has no promise.
    entry.opHandler = (async (state, common) => {
      const [value, offset, length, salt] = state.stack.peek(operands) as [bigint, bigint, bigint, bigint];
      const [first, second] = length < 2n ? [] : state.memory.read(Number(offset), 2, true);
      const { interpreter } = state;
      if (interpreter.isStatic() || first !== 0xef || second !== 0) return inner(state, common);
      state.stack.popN(operands);
      const gas = state.messageGasLimit!;
      delete state.messageGasLimit;
      const code = state.memory.read(Number(offset), Number(length), true);
      const made =
        opcode === CREATE2
          ? interpreter.create2(gas, value, code, bigTo32(salt))
          : interpreter.create(gas, value, code);
      state.stack.push(await made);
    }) as OpHandler;
  }
}
