export { type ChannelFixture, describeChannel } from "./channel-suite.ts";
