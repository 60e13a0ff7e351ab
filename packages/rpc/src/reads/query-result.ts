import type { QueryErrorCode, QueryResult } from "@fb/api";
import { busy, RPC_CODES, RpcError } from "../errors.ts";
import { quantity } from "../format/hex.ts";

const CODES: Partial<Record<QueryErrorCode, number>> = {
  LIMIT_EXCEEDED: RPC_CODES.limit,
  INVALID_RANGE: RPC_CODES.invalidParams,
  BLOCK_PRUNED: RPC_CODES.prunedHistory,
};

/** The value of a query, or its failure as the client's error. */
export function unwrap<T>(result: QueryResult<T>): T {
  if (result.ok) return result.value;
  if (result.code === "BUSY") throw busy();
  const { code, message, lowest } = result;
  const data = lowest === undefined ? { code } : { code, lowest: quantity(lowest) };
  throw new RpcError(CODES[code] ?? RPC_CODES.refused, message, data);
}
