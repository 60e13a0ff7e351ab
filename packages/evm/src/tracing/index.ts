export { type CallNode, type CallTree, callTree } from "./call-tree.ts";
export { createTracingEvm, type TracingEvm } from "./create-tracing-evm.ts";
export type { CallKind, TraceEnter, TraceExit, TraceListener, TraceStep } from "./events.ts";
export { opcodeName } from "./opcode-names.ts";
export type { StructLogOptions } from "./options.ts";
export { type Prestate, recordingView } from "./prestate.ts";
export { type StructLog, type StructLogs, structLogs } from "./struct-logs.ts";
