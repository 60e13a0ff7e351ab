export { createRaftCodec } from "./codec.ts";
export type { RaftConfig, RaftMsg, RaftRecord } from "./core/messages.ts";
export { createRaft, type RaftMachine, type RaftView } from "./core/raft.ts";
export { createRaftEngine, type RaftOptions } from "./engine.ts";
