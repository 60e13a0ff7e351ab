import type { BlockRef, GroupQuery, HeadRecord } from "@fb/api";
import type { Blockchain } from "@fb/blockchain";
import type { Clock } from "@fb/runtime";
import type { TxPool } from "@fb/txpool";
import { EMPTY, type Height, invariant } from "@fb/types";
import { blockPrice, createBulkReads, HEADER_PRICE } from "./bulk-reads.ts";
import { blockBytes, receiptBytes, transactionBytes } from "./bytes.ts";
import {
  blockRecord,
  headRecord,
  headRecords,
  logRecord,
  receiptRecord,
  receiptRecords,
  resolveRef,
  sealersAt,
  storedAt,
  transactionRecord,
  waitingRecord,
} from "./records.ts";
import { NOT_FOUND, tooLarge, within } from "./result.ts";

type ChainReads = Pick<
  GroupQuery,
  | "head"
  | "block"
  | "headers"
  | "receipts"
  | "transaction"
  | "transactionAt"
  | "receipt"
  | "logs"
  | "totals"
  | "systemConfig"
>;

export interface ChainReadsDeps {
  readonly chain: Blockchain;
  readonly pool: TxPool;
  readonly clock: Clock;
}

/** Headers that are read in one piece. */
const HEADERS_AT_ONCE = 64;
const NOTHING = { ok: true, value: null } as const;
/** Of a block without transactions, whether it is kept or not. */
const EMPTY_BODY = { transactions: [], senders: EMPTY } as const;
const NO_LOGS = { ok: true, value: { logs: [], next: null } } as const;
const REVERSED = {
  ok: false,
  code: "INVALID_RANGE",
  message: "invalid block range: it ends before it begins",
} as const;
const BEYOND_HEAD = {
  ok: false,
  code: "INVALID_RANGE",
  message: "block range extends beyond current head block",
} as const;

/** Blocks and what is in them; transactions that wait are looked for in the pool. */
export function chainReads({ chain, pool, clock }: ChainReadsDeps): ChainReads {
  const bulk = createBulkReads(clock);
  /** Waits for room to read a block, with its receipts, for the sake of one transaction of it. */
  const roomFor = async (height: Height, signal: AbortSignal | undefined) => {
    if (chain.isAtHand(height)) return null;
    const size = (await chain.header(height))?.size ?? 0;
    return bulk.room(blockPrice(size), signal);
  };
  const storedHeader = async (ref: BlockRef) => {
    const height = await resolveRef(chain, ref);
    return height === null ? null : chain.header(height);
  };

  return {
    head: () => headAt(chain, chain.head().header.number),

    async block(ref, withBody, maxBytes, signal) {
      const stored = await storedHeader(ref);
      if (stored === null) return NOTHING;
      const bytes = blockBytes(stored, withBody);
      if (bytes > maxBytes) return tooLarge(bytes, maxBytes);
      const height = stored.header.number;
      const sealers = await sealersAt(chain, height);
      if (!withBody) {
        const txHashes = await chain.txHashes(height);
        return txHashes === null ? NOTHING : { ok: true, value: blockRecord(stored, txHashes, sealers, null) };
      }
      if (stored.transactionCount === 0) {
        return { ok: true, value: blockRecord(stored, EMPTY, sealers, EMPTY_BODY) };
      }
      const busy = await bulk.room(blockPrice(bytes), signal);
      if (busy !== null) return busy;
      const block = await chain.block(height);
      return block === null ? NOTHING : { ok: true, value: blockRecord(stored, block.txHashes, sealers, block) };
    },

    async headers(newest, count, signal) {
      const height = await resolveRef(chain, newest);
      if (height === null) return NOT_FOUND;
      const heads: HeadRecord[] = [];
      for (let from = Math.max(0, height - count + 1); from <= height; from += HEADERS_AT_ONCE) {
        const last = Math.min(height, from + HEADERS_AT_ONCE - 1);
        const busy = await bulk.room((last - from + 1) * HEADER_PRICE, signal);
        if (busy !== null) return busy;
        heads.push(...(await headRecords(chain, await chain.headers(last, last - from + 1))));
      }
      return { ok: true, value: heads };
    },

    async receipts(ref, maxBytes, signal) {
      const stored = await storedHeader(ref);
      if (stored === null) return NOTHING;
      if (stored.transactionCount === 0) return { ok: true, value: [] };
      const least = blockBytes(stored, true);
      if (least > maxBytes) return tooLarge(least, maxBytes);
      const height = stored.header.number;
      const busy = await bulk.room(blockPrice(2 * least), signal);
      if (busy !== null) return busy;
      const [block, receipts] = await Promise.all([chain.block(height), chain.receipts(height)]);
      if (block === null || receipts === null) return NOTHING;
      const bytes = receipts.reduce((sum, receipt) => sum + receiptBytes(receipt), least);
      return within(maxBytes, bytes, () => receiptRecords(block, receipts));
    },

    async transaction(hash, maxBytes, signal) {
      const waiting = pool.get(hash);
      if (waiting !== null) return within(maxBytes, transactionBytes(waiting.tx.raw), () => waitingRecord(waiting));
      const place = await chain.place(hash);
      if (place === null) return NOTHING;
      const busy = await roomFor(place.height, signal);
      if (busy !== null) return busy;
      const block = await chain.block(place.height);
      if (block === null) return NOTHING;
      const stored = storedAt(block, place.index);
      return within(maxBytes, transactionBytes(stored.raw), () => transactionRecord(stored));
    },

    async transactionAt(ref, index, maxBytes, signal) {
      const holder = await storedHeader(ref);
      if (holder === null || index < 0 || index >= holder.transactionCount) return NOTHING;
      const busy = await roomFor(holder.header.number, signal);
      if (busy !== null) return busy;
      const block = await chain.block(holder.header.number);
      if (block === null) return NOTHING;
      const stored = storedAt(block, index);
      return within(maxBytes, transactionBytes(stored.raw), () => transactionRecord(stored));
    },

    async receipt(hash, maxBytes, signal) {
      const place = await chain.place(hash);
      if (place === null) return NOTHING;
      const busy = await roomFor(place.height, signal);
      if (busy !== null) return busy;
      const [block, receipts] = await Promise.all([chain.block(place.height), chain.receipts(place.height)]);
      if (block === null || receipts === null) return NOTHING;
      const receipt = receipts[place.index]!;
      const bytes = transactionBytes(block.transactions[place.index]!) + receiptBytes(receipt);
      return within(maxBytes, bytes, () => receiptRecord(block, receipts, place.index));
    },

    async logs(filter, limits, start) {
      const [from, to] = await Promise.all([resolveRef(chain, filter.from), resolveRef(chain, filter.to)]);
      if (to === null) return typeof filter.to === "number" ? BEYOND_HEAD : NOT_FOUND;
      // From a height that is not there yet up to the head: nothing so far.
      if (from === null) return typeof filter.from === "number" && filter.to === "latest" ? NO_LOGS : NOT_FOUND;
      if (from > to || (start !== null && (start.block < from || start.block > to))) return REVERSED;
      const { addresses, topics } = filter;
      const begin = start ?? { block: from, logIndex: 0 };
      const found = await chain.logs({ from: begin, to, addresses, topics, ...limits });
      return { ok: true, value: { logs: found.logs.map(logRecord), next: found.next } };
    },

    async totals() {
      const { height, transactions, failed } = chain.totals();
      return { blockNumber: height, transactions, failed };
    },

    async systemConfig(key) {
      return chain.systemConfig(key);
    },
  };
}

/** The record of a committed header. */
export async function headAt(chain: Blockchain, height: Height): Promise<HeadRecord> {
  const [stored, sealers] = await Promise.all([chain.header(height), sealersAt(chain, height)]);
  invariant(stored !== null, "a committed header is missing", { height });
  return headRecord(stored, sealers);
}
