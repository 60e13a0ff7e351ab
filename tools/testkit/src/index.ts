export { type JsonRpcErrorCode, rpcCall } from "./json-rpc.ts";
export { freePorts, nodesOf, portIsFree } from "./local-chain.ts";
export { NODE_BINARY, NodeProcess, type NodeProcessErrorCode, until } from "./node-process.ts";
