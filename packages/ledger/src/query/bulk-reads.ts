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
  /**
   * Resolves with null when a read that takes so many microseconds may begin, in the order asked, or with a refusal.
   *
   * @param signal gives up the place in the line
   */
  room(micros: number, signal?: AbortSignal): Promise<QueryFailure | null>;
}

interface Waiting {
  readonly micros: number;
  readonly end: (refusal: QueryFailure | null) => void;
}

export function createBulkReads(clock: Clock): BulkReads {
  const bucket = createTokenBucket(1000 * BURST_MS, 1000 * MS_PER_SECOND, clock.monotonic());
  /** In the order asked. */
  const line = new Set<Waiting>();
  let waitingMicros = 0;
  let isTimed = false;

  const leave = (waiting: Waiting) => {
    if (line.delete(waiting)) waitingMicros -= waiting.micros;
  };
  const serve = () => {
    for (const first of line) {
      const waitMs = bucket.take(0, clock.monotonic());
      if (waitMs > 0) {
        if (!isTimed) clock.after(waitMs, timed);
        isTimed = true;
        return;
      }
      bucket.take(first.micros, clock.monotonic());
      first.end(null);
    }
  };
  const timed = () => {
    isTimed = false;
    serve();
  };
  return {
    async room(micros, signal) {
      if (micros < BULK_MICROS) return null;
      const waitMs = bucket.take(0, clock.monotonic()) + waitingMicros / MS_PER_SECOND;
      if (waitMs > MAX_WAIT_MS) return BUSY;
      if (signal?.aborted) return BUSY;
      return new Promise((resolve) => {
        const waiting: Waiting = {
          micros,
          end: (refusal) => {
            leave(waiting);
            signal?.removeEventListener("abort", giveUp);
            resolve(refusal);
          },
        };
        const giveUp = () => waiting.end(BUSY);
        signal?.addEventListener("abort", giveUp);
        line.add(waiting);
        waitingMicros += micros;
        serve();
      });
    },
  };
}
