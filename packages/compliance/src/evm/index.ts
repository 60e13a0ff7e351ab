export { assemble, deployer, type Instruction, type Mnemonic } from "./assembler.ts";
export { describeEvm } from "./evm-suite.ts";
export { runMessage } from "./fixture.ts";
