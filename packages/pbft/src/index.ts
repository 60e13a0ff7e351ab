export { createPbftCodec } from "./codec.ts";
export type { PbftConfig } from "./core/config.ts";
export type { LockCert, PbftMsg, PbftRecord } from "./core/messages.ts";
export { createPbft, type PbftMachine, type PbftView } from "./core/pbft.ts";
export { createPbftEngine } from "./engine.ts";
