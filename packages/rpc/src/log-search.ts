import { RPC_CODES, RpcError } from "./errors.ts";
import { ethLog } from "./format/receipt.ts";
import { quantity } from "./hex.ts";
import { logLimits, type RpcLimits } from "./options.ts";
import type { GroupQuery, LogFilter, LogPosition } from "./ports.ts";
import { unwrap } from "./query-result.ts";

export function ethPosition({ block, logIndex }: LogPosition) {
  return { block: quantity(block), logIndex: quantity(logIndex) };
}

/** All logs a filter matches. Rejects with LIMIT_EXCEEDED and the range that fits instead of a part of the answer. */
export async function wholeAnswer(query: GroupQuery, filter: LogFilter, limits: RpcLimits): Promise<unknown[]> {
  const { logs, next } = unwrap(await query.logs(filter, logLimits(limits), null));
  if (next === null) return logs.map(ethLog);
  // What precedes the block in which the search ended has been found to fit.
  const from = typeof filter.from === "number" ? filter.from : next.block;
  const to = next.block - 1;
  if (to < from) {
    const message = `block ${next.block} alone has more logs than fit in one answer: page through it with fb_getLogs`;
    throw new RpcError(RPC_CODES.limit, message, { code: "LIMIT_EXCEEDED", block: quantity(next.block) });
  }
  const range = { fromBlock: quantity(from), toBlock: quantity(to) };
  const message = `more logs or blocks than fit in one answer; this range fits: ${range.fromBlock} to ${range.toBlock}`;
  throw new RpcError(RPC_CODES.limit, message, { code: "LIMIT_EXCEEDED", ...range });
}
