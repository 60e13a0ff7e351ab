export { RPC_CODES, type RpcErrorCode } from "./errors.ts";
export type { ProbeAnswer, Probes } from "./operator-probes.ts";
export { DEFAULT_RPC_LIMITS, type RpcLimits, type RpcServerOptions } from "./options.ts";
export { createRpcServer, type RpcServer, type RpcServerDeps } from "./server.ts";
