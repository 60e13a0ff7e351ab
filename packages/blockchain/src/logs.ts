import { type BlockHeader, bloomMayMatch, type CryptoSuite, type Hash, type Log, matchesLog } from "@fb/types";
import type { FoundLog, FoundLogs, LogPosition, LogQuery } from "./api.ts";
import type { BlockReader } from "./reader.ts";

/** Headers read at once. */
const CHUNK = 128;
/** What a log takes besides its data and topics: its address and place. */
const LOG_OVERHEAD_BYTES = 256;

/**
 * Finds logs by header bloom first and by receipts then, as many as the query's limits allow. A search that begins where
 * receipts are pruned is refused, whatever the blooms say: whether it may go on should not depend on what it finds.
 */
export async function findLogs(
  reader: BlockReader,
  suite: CryptoSuite,
  head: number,
  query: LogQuery,
): Promise<FoundLogs> {
  const last = Math.min(query.to, head);
  const to = Math.min(last, query.from.block + query.maxBlocks - 1);
  if (to > 0) reader.requireContents(Math.max(1, query.from.block));
  const page: Page = { logs: [], bytes: 0 };
  for (let from = query.from.block; from <= to; from += CHUNK) {
    const headers = await reader.headers(from, Math.min(CHUNK, to - from + 1));
    for (const { header, hash } of headers) {
      if (!bloomMayMatch(suite, header.logsBloom, query)) continue;
      const next = await collect(reader, { header, hash }, query, page);
      if (next !== null) return { logs: page.logs, next };
    }
  }
  return { logs: page.logs, next: to < last ? { block: to + 1, logIndex: 0 } : null };
}

/** Bytes of a log as {@link LogQuery.maxBytes} counts them. */
export function logBytes({ topics, data }: Log): number {
  return LOG_OVERHEAD_BYTES + 32 * topics.length + data.length;
}

interface Page {
  readonly logs: FoundLog[];
  bytes: number;
}

/** Adds the matching logs of one block; answers with the place of the first that does not fit any more. */
async function collect(
  reader: BlockReader,
  block: { readonly header: BlockHeader; readonly hash: Hash },
  query: LogQuery,
  page: Page,
): Promise<LogPosition | null> {
  const { number } = block.header;
  const first = number === query.from.block ? query.from.logIndex : 0;
  const [receipts, txHashes] = await Promise.all([reader.receipts(number), reader.txHashes(number)]);
  let logIndex = -1;
  for (const [transactionIndex, receipt] of receipts.entries()) {
    for (const log of receipt.logs) {
      if (++logIndex < first || !matchesLog(query, log)) continue;
      const bytes = page.bytes + logBytes(log);
      const full = page.logs.length === query.maxLogs || (bytes > query.maxBytes && page.logs.length > 0);
      if (full) return { block: number, logIndex };
      const transactionHash = txHashes.slice(transactionIndex * 32, transactionIndex * 32 + 32);
      page.logs.push({ log, block, transactionHash, transactionIndex, logIndex });
      page.bytes = bytes;
    }
  }
  return null;
}
