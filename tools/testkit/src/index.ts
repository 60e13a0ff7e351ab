export { type JsonRpcErrorCode, rpcCall } from "./json-rpc.ts";
export { freePorts, nodesOf, portIsFree } from "./local-chain.ts";
export { NODE_BINARY, NodeProcess, type NodeProcessErrorCode, type NodeProcessOptions, until } from "./node-process.ts";
export { type ProcessUsage, processUsage } from "./process-usage.ts";
export { createSenders, type Payload, type Sender, sign } from "./senders.ts";
