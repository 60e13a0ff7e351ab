export { type ChannelFixture, describeChannel } from "./channel-compliance.ts";
