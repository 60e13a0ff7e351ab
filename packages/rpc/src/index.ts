export type { ThreadUse } from "./admission/client-time.ts";
export { RPC_CODES, type RpcErrorCode } from "./errors.ts";
export { DEFAULT_RPC_LIMITS, type RpcLimits, type RpcServerOptions } from "./options.ts";
export type { RpcServerDeps } from "./ports.ts";
export { createRpcServer, type RpcServer } from "./server.ts";
