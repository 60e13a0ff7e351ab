export type { RaftConfig } from "./core/config.ts";
export type { RaftMsg, RaftRecord } from "./core/messages.ts";
export { createRaft, type RaftMachine, type RaftView } from "./core/raft.ts";
export { createRaftEngine } from "./engine.ts";
export type { RaftOptions } from "./options.ts";
