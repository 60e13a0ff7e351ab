import type { FbLogPage, FbReceipt, ReceiptRecord, RpcMethodName } from "@fb/api";
import { Handover } from "../answers/handover.ts";
import { type Json, JsonList } from "../answers/json-text.ts";
import { quantity } from "../format/hex.ts";
import { ethLog, ethReceiptHead } from "../format/receipt.ts";
import { logLimits } from "../options.ts";
import { FIRST_LOOK_UP_BYTES, readBounded } from "../reads/bounded-read.ts";
import { ethPosition, searchLogs } from "../reads/log-search.ts";
import { logFilter, logPosition } from "../schema/logs.ts";
import { hash, INVALID, optional, type Param, readSmall } from "../schema/params.ts";
import { ethMethod, type GroupScope, HEAVY, LOOK_UP, type MethodPart } from "./method.ts";

const pageSize: Param<number> = {
  name: "maxLogs",
  expects: "a quantity from 1",
  read: (value) => {
    const size = readSmall(value, Number.MAX_SAFE_INTEGER);
    return size === 0 ? INVALID : size;
  },
};

/** What the standard methods refuse because it is too large for one answer, in pieces. */
export const inPiecesMethods = {
  fb_getLogs: ethMethod(
    [logFilter, logPosition, optional(pageSize, Number.MAX_SAFE_INTEGER)],
    async (scope, filter, start, size) => {
      const limits = logLimits(scope.services.limits);
      const maxLogs = Math.min(size, limits.maxLogs);
      const { logs, next, held } = await searchLogs(scope, filter, { ...limits, maxLogs }, start);
      const page: Json<FbLogPage> = { logs: JsonList.of(logs, ethLog), next: next === null ? null : ethPosition(next) };
      return new Handover(page, held);
    },
    HEAVY,
  ),
  fb_getReceipt: ethMethod(
    [hash("transactionHash")],
    (scope, id) =>
      readBounded(
        scope,
        FIRST_LOOK_UP_BYTES,
        (maxBytes, signal) => scope.query.receipt(id, maxBytes, signal),
        (record) => (record === null ? null : withoutLogs(scope, record)),
      ),
    LOOK_UP,
  ),
} satisfies MethodPart;

function withoutLogs({ info }: GroupScope, record: ReceiptRecord): FbReceipt {
  return {
    ...ethReceiptHead(info, record),
    firstLogIndex: quantity(record.firstLogIndex),
    logCount: quantity(record.receipt.logs.length),
  };
}

/** Where to get in pieces what an answer of these methods may be too long for. */
const WAYS: ReadonlyMap<string, string> = new Map<RpcMethodName, string>([
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
