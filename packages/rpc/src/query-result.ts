import { busy, RPC_CODES, RpcError } from "./errors.ts";
import type { QueryResult } from "./ports.ts";

/** The value of a query, or its failure as the client's error. */
export function unwrap<T>(result: QueryResult<T>): T {
  if (result.ok) return result.value;
  if (result.code === "BUSY") throw busy();
  const code = result.code === "LIMIT_EXCEEDED" ? RPC_CODES.limit : RPC_CODES.refused;
  throw new RpcError(code, result.message, { code: result.code });
}
