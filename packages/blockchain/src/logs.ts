import { type BlockHeader, bloomContains, type CryptoSuite, equalBytes, type Hash, type Log } from "@fb/types";
import type { FoundLog, LogQuery, LogResult } from "./api.ts";
import type { BlockReader } from "./reader.ts";

/** Headers read at once. */
const CHUNK = 128;

/** Finds logs by header bloom first and by receipts then; never more than the query's bounds. */
export async function findLogs(
  reader: BlockReader,
  suite: CryptoSuite,
  head: number,
  query: LogQuery,
): Promise<LogResult> {
  const to = Math.min(query.to, head);
  if (to - query.from + 1 > query.maxBlocks) return { ok: false, code: "LIMIT_EXCEEDED" };
  const logs: FoundLog[] = [];
  for (let from = query.from; from <= to; from += CHUNK) {
    const headers = await reader.headers(from, Math.min(CHUNK, to - from + 1));
    for (const { header, hash } of headers) {
      if (!mayContain(suite, header.logsBloom, query)) continue;
      if (!(await collect(reader, { header, hash }, query, logs))) return { ok: false, code: "LIMIT_EXCEEDED" };
    }
  }
  return { ok: true, logs };
}

function mayContain(suite: CryptoSuite, bloom: Uint8Array, { addresses, topics }: LogQuery): boolean {
  const hasOne = (values: readonly Uint8Array[]) => values.some((value) => bloomContains(suite, bloom, value));
  if (addresses.length > 0 && !hasOne(addresses)) return false;
  return topics.every((choices) => choices === null || hasOne(choices));
}

/** Adds the matching logs of one block; false = more than allowed. */
async function collect(
  reader: BlockReader,
  block: { readonly header: BlockHeader; readonly hash: Hash },
  query: LogQuery,
  logs: FoundLog[],
): Promise<boolean> {
  const { number } = block.header;
  const [receipts, txHashes] = await Promise.all([reader.receipts(number), reader.txHashes(number)]);
  let logIndex = 0;
  for (const [transactionIndex, receipt] of (receipts ?? []).entries()) {
    for (const log of receipt.logs) {
      if (matches(log, query)) {
        if (logs.length === query.maxLogs) return false;
        const transactionHash = txHashes!.slice(transactionIndex * 32, transactionIndex * 32 + 32);
        logs.push({ log, block, transactionHash, transactionIndex, logIndex });
      }
      logIndex++;
    }
  }
  return true;
}

function matches(log: Log, { addresses, topics }: LogQuery): boolean {
  if (addresses.length > 0 && !addresses.some((address) => equalBytes(address, log.address))) return false;
  // As Ethereum clients do: a position that the log does not have never matches, not even when any topic would do.
  if (topics.length > log.topics.length) return false;
  return topics.every(
    (choices, position) => choices === null || choices.some((choice) => equalBytes(choice, log.topics[position]!)),
  );
}
