export { Commands } from "./commands.ts";
export { runScript, scriptFiles } from "./datadriven.ts";
export { describeDriver } from "./driver-suite.ts";
export type { TestGroupOptions } from "./options.ts";
export type { FaultKind } from "./random-faults.ts";
export {
  fakeSignature,
  isFakeSignature,
  type Knowledge,
  type Label,
  type ScriptEngine,
} from "./script-engine.ts";
export { hashOf, type ScriptNode, sealersAfter } from "./script-node.ts";
export { simulate } from "./simulate.ts";
export { TestGroup } from "./test-group.ts";
