import type { EthLog, FbLogPosition, LogFilter, LogLimits, LogPage, LogPosition, LogRecord } from "@fb/api";
import type { Lease } from "../admission/fair-share.ts";
import { Handover } from "../answers/handover.ts";
import { JsonList } from "../answers/json-text.ts";
import { RPC_CODES, RpcError } from "../errors.ts";
import { quantity } from "../format/hex.ts";
import { ethLog } from "../format/receipt.ts";
import { logLimits } from "../options.ts";
import { heldFor, reading } from "./bounded-read.ts";
import { unwrap } from "./query-result.ts";
import type { ReadScope } from "./read-scope.ts";

/** What one hop of a search may take, so that the group does other things between and a client that left is noticed. */
const HOP = { maxBlocks: 1000, maxLogs: 5000, maxBytes: 512 * 1024 };

export function ethPosition({ block, logIndex }: LogPosition): FbLogPosition {
  return { block: quantity(block), logIndex: quantity(logIndex) };
}

/** The logs that fit the limits, and what is held for them until they are text. */
export interface FoundPage extends LogPage {
  readonly held: Lease;
}

/** @param start where an earlier search over the same filter ended; null = at its beginning */
export async function searchLogs(
  scope: ReadScope,
  filter: LogFilter,
  limits: LogLimits,
  start: LogPosition | null,
): Promise<FoundPage> {
  const held = await scope.room.reserve(heldFor(Math.min(HOP.maxBytes, limits.maxBytes)));
  try {
    return { ...(await search(scope, filter, limits, start, held)), held };
  } catch (error) {
    held.release();
    throw error;
  }
}

async function search(
  scope: ReadScope,
  filter: LogFilter,
  limits: LogLimits,
  start: LogPosition | null,
  held: Lease,
): Promise<LogPage> {
  const logs: LogRecord[] = [];
  const first = start?.block ?? (typeof filter.from === "number" ? filter.from : null);
  let bytes = 0;
  let next = start;
  for (;;) {
    const blocksLeft = first === null || next === null ? limits.maxBlocks : first + limits.maxBlocks - next.block;
    const left = { maxBlocks: blocksLeft, maxLogs: limits.maxLogs - logs.length, maxBytes: limits.maxBytes - bytes };
    if (left.maxBlocks <= 0 || left.maxLogs <= 0 || left.maxBytes <= 0) return { logs, next };
    const hop = smaller(left, HOP);
    // The head at which the search began may not be the head any more.
    const range = next !== null && filter.from === "latest" ? { ...filter, from: next.block } : filter;
    const page = unwrap(
      await reading(scope, hop.maxBytes, () => scope.query.logs(range, hop, next, scope.client.signal)),
    );
    const found = page.logs.reduce((sum, log) => sum + logBytes(log), 0);
    // One log is found whatever its size, but only as the first one of the whole search.
    if (logs.length > 0 && bytes + found > limits.maxBytes) return { logs, next };
    for (const log of page.logs) logs.push(log);
    bytes += found;
    next = page.next;
    if (next === null) return { logs, next };
    held.resize(heldFor(bytes + HOP.maxBytes));
  }
}

/** All logs a filter matches. Rejects with LIMIT_EXCEEDED and the range that fits instead of a part of the answer. */
export async function wholeAnswer(scope: ReadScope, filter: LogFilter): Promise<Handover<JsonList<EthLog>>> {
  const { logs, next, held } = await searchLogs(scope, filter, logLimits(scope.services.limits), null);
  if (next === null) return new Handover(JsonList.of(logs, ethLog), held);
  held.release();
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

function smaller(a: LogLimits, b: LogLimits): LogLimits {
  return {
    maxBlocks: Math.min(a.maxBlocks, b.maxBlocks),
    maxLogs: Math.min(a.maxLogs, b.maxLogs),
    maxBytes: Math.min(a.maxBytes, b.maxBytes),
  };
}

/** As {@link LogLimits} counts them. */
function logBytes({ topics, data }: LogRecord): number {
  return 256 + 32 * topics.length + data.length;
}
