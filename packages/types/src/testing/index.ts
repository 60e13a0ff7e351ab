export { type ChannelFixture, describeChannel } from "./channel-compliance.ts";
export { decodeCost, heapBytes, MAX_COST_PER_BYTE } from "./decode-cost.ts";
export { assemble, deployer, type Instruction, type Mnemonic } from "./evm-assembler.ts";
export { describeEvm } from "./evm-compliance.ts";
export { runMessage, state, type TestAccount, type TestOutcome, type TestRun, type TestState } from "./evm-fixture.ts";
export { HISTORY_BLOCKS, type WorldFactory, type WorldFixture } from "./world-state-chain.ts";
export { describeWorldState } from "./world-state-compliance.ts";
export { change, readAccount, readCode, readSlot, WorldModel } from "./world-state-model.ts";
