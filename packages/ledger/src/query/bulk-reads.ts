import type { QueryFailure } from "@fb/api";
import { type Clock, createTokenBucket, PRICES } from "@fb/runtime";

/** Shorter reads are slices of the thread's reads like all others. */
const BULK_MICROS = 1_000;
/** What long ones may take of the group's thread at once, and each second: some 25 MB of blocks, or 1,000 headers. */
const BURST_MS = 200;
const MS_PER_SECOND = 100;
/** Who would wait longer is refused. */
const MAX_WAIT_MS = 2_000;
const BUSY: QueryFailure = { ok: false, code: "BUSY", message: "too many large reads are waiting; try again" };

/** A stored block is read, taken apart, copied into a buffer of its own, and cloned for the other thread. */
export const blockPrice = (bytes: number): number => (4 * PRICES.kibibyte * bytes) / 1024;
/** The same with a header and its some twenty fields. */
export const HEADER_PRICE = PRICES.diskRead;

/**
 * Holds long reads to a part of the group's thread: each is a piece that cannot be divided, so turns alone would leave
 * consensus waiting for one of them at every step.
 */
export interface BulkReads {
  /** Resolves with null when a read that takes so many microseconds may begin, in the order asked, or with a refusal. */
  room(micros: number): Promise<QueryFailure | null>;
}

export function createBulkReads(clock: Clock): BulkReads {
  const bucket = createTokenBucket(1000 * BURST_MS, 1000 * MS_PER_SECOND, clock.monotonic());
  return {
    async room(micros) {
      if (micros < BULK_MICROS) return null;
      if (bucket.take(0, clock.monotonic()) > MAX_WAIT_MS) return BUSY;
      const waitMs = bucket.take(micros, clock.monotonic());
      if (waitMs > 0) await new Promise<void>((resolve) => clock.after(waitMs, resolve));
      return null;
    },
  };
}
