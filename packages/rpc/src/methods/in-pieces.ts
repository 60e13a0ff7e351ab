import { ethLog, ethReceiptHead } from "../format/receipt.ts";
import { quantity } from "../hex.ts";
import { ethPosition } from "../log-search.ts";
import { ethMethod, HEAVY, type MethodTable } from "../method.ts";
import { logLimits } from "../options.ts";
import { unwrap } from "../query-result.ts";
import { hash, INVALID, optional, type Param, readSmall } from "../schema.ts";
import { logFilter, logPosition } from "../schema-logs.ts";

const pageSize: Param<number> = {
  name: "maxLogs",
  expects: "a quantity from 1",
  read: (value) => {
    const size = readSmall(value, Number.MAX_SAFE_INTEGER);
    return size === 0 ? INVALID : size;
  },
};

/** What the standard methods refuse because it is too large for one answer, in pieces. */
export const inPiecesMethods: MethodTable = {
  fb_getLogs: ethMethod(
    [logFilter, logPosition, optional(pageSize, Number.MAX_SAFE_INTEGER)],
    async ({ query, services }, filter, start, size) => {
      const limits = logLimits(services.limits);
      const maxLogs = Math.min(size, limits.maxLogs);
      // The head at which the search began may not be the head any more.
      const range = start !== null && filter.from === "latest" ? { ...filter, from: start.block } : filter;
      const { logs, next } = unwrap(await query.logs(range, { ...limits, maxLogs }, start));
      return { logs: logs.map(ethLog), next: next === null ? null : ethPosition(next) };
    },
    HEAVY,
  ),
  fb_getReceipt: ethMethod([hash("transactionHash")], async ({ query, info, services }, id) => {
    const record = await query.receipt(id);
    if (record === null) return null;
    const { firstLogIndex, receipt } = record;
    return {
      ...ethReceiptHead(services.suite, info, record),
      firstLogIndex: quantity(firstLogIndex),
      logCount: quantity(receipt.logs.length),
    };
  }),
};

/** Where to get in pieces what an answer of these methods may be too long for. */
const WAYS: ReadonlyMap<string, string> = new Map([
  ["eth_getTransactionReceipt", "fb_getReceipt gives it without logs, fb_getLogs gives the logs"],
  ["getTransactionReceipt", "fb_getReceipt gives it without logs, fb_getLogs gives the logs"],
  ["eth_getBlockReceipts", "eth_getTransactionReceipt gives them one by one"],
  ["eth_getBlockByNumber", "ask without transactions, then for them by index"],
  ["eth_getBlockByHash", "ask without transactions, then for them by index"],
  ["getBlockByNumber", "ask without transactions, then for them by index"],
  ["getBlockByHash", "ask without transactions, then for them by index"],
]);

export function wayInPieces(method: string): string {
  return WAYS.get(method) ?? "ask for less";
}
