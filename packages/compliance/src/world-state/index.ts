export { HISTORY_BLOCKS, type WorldFactory, type WorldFixture } from "./world-chain.ts";
export { change, readAccount, readSlot, WorldModel } from "./world-model.ts";
export { describeWorldState } from "./world-state-suite.ts";
