export { Commands } from "./commands.ts";
export { type Command, type Compare, parseCommand, runScript, scriptFiles } from "./datadriven.ts";
export { describeDriver } from "./driver-suite.ts";
export { Env, type Flight } from "./env.ts";
export { createLossyFiles, type LossyFiles } from "./lossy-files.ts";
export { type Fault, MemoryHub } from "./memory-hub.ts";
export type { FaultKind } from "./random-faults.ts";
export {
  fakeSignature,
  isFakeSignature,
  type Knowledge,
  type Label,
  type ScriptEngine,
  type ScriptMachine,
  type Vote,
} from "./script-engine.ts";
export { hashOf, type ScriptBlock, ScriptNode, sealersAfter } from "./script-node.ts";
export { type SimulationOptions, type SimulationResult, simulate } from "./simulate.ts";
export { describeSpec } from "./spec-suite.ts";
export { type StoredBlock, TestChain } from "./test-chain.ts";
export { type CreateEngine, TestGroup, type TestGroupOptions, type TestNode } from "./test-group.ts";
