export { type JsonRpcErrorCode, rpcCall } from "./json-rpc.ts";
export { freePorts, nodesOf, portIsFree } from "./local-chain.ts";
export { NodeProcess, type NodeProcessErrorCode, type NodeProcessOptions } from "./node-process.ts";
export { type ProcessUsage, processUsage } from "./process-usage.ts";
export { until } from "./until.ts";
