import type { QueryErrorCode, QueryResult } from "@fb/api";
import { busy, RPC_CODES, RpcError } from "../errors.ts";

const CODES: Partial<Record<QueryErrorCode, number>> = {
  LIMIT_EXCEEDED: RPC_CODES.limit,
  INVALID_RANGE: RPC_CODES.invalidParams,
};

/** The value of a query, or its failure as the client's error. */
export function unwrap<T>(result: QueryResult<T>): T {
  if (result.ok) return result.value;
  if (result.code === "BUSY") throw busy();
  throw new RpcError(CODES[result.code] ?? RPC_CODES.refused, result.message, { code: result.code });
}
