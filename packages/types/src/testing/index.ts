export { type ChannelFixture, describeChannel } from "./channel-compliance.ts";
export { describeWorldState, type WorldFactory, type WorldFixture } from "./world-state-compliance.ts";
export { change, readAccount, readCode, readSlot, WorldModel } from "./world-state-model.ts";
