import type { Clock } from "@fb/runtime";
import type { Height } from "@fb/types";
import type { JournalSeq, Send } from "../core/machine.ts";
import type { EngineCodec } from "../engine-protocol.ts";
import type { ConsensusMetrics } from "../metrics.ts";
import { MAX_RECORDS_IN_FRAME } from "./frame.ts";
import type { Journal } from "./journal.ts";

export interface PersistEffect<M, R> {
  readonly seq: JournalSeq;
  readonly record: R;
  readonly thenSend: readonly Send<M>[];
}

export interface PersisterDeps<M, R> {
  readonly journal: Journal;
  readonly codec: Pick<EngineCodec<M, R, unknown>, "encodeRecord" | "liveRecords">;
  readonly clock: Clock;
  readonly metrics: ConsensusMetrics;
  /** The record is durable: send its messages and tell the machine. */
  readonly durable: (effect: PersistEffect<M, R>) => void;
  readonly failed: (error: unknown) => void;
}

/** The journal is told of a head that is so far above its mark; votes tell it of every head by the way. */
const MARK_LAG = 2;

/** A journal file is rewritten above this size when at least half of it no longer matters. */
const REWRITE_BYTES = 4 * 1024 * 1024;
/** What may wait for a slow disk before nothing new is taken on, and what a record costs beside its bytes. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
const RECORD_OVERHEAD_BYTES = 256;

interface WaitingRecord<M, R> {
  readonly effect: PersistEffect<M, R>;
  readonly bytes: Uint8Array;
}

/** Writes records in order; all that wait while one fsync runs share the next one. */
export class Persister<M, R> {
  readonly #deps: PersisterDeps<M, R>;
  #waiting: WaitingRecord<M, R>[] = [];
  #waitingBytes = 0;
  #live: readonly R[];
  #added: R[] = [];
  #durableHeight: Height;
  #forgetDue = false;
  #closing = false;
  /** Size of the file at which it is looked through although the height stands still. */
  #rewriteBytes = REWRITE_BYTES;
  #running: Promise<void> | null = null;
  #failed = false;

  /** @param live what the journal holds that matters above `durableHeight`. */
  constructor(live: readonly R[], durableHeight: Height, deps: PersisterDeps<M, R>) {
    this.#live = live;
    this.#durableHeight = durableHeight;
    this.#deps = deps;
  }

  /** Too much waits for the disk: nothing should be handled now that could add to it. */
  get isFull(): boolean {
    return this.#waitingBytes > MAX_WAITING_BYTES;
  }

  add(effect: PersistEffect<M, R>): void {
    if (this.#failed) return;
    const bytes = this.#deps.codec.encodeRecord(effect.record);
    this.#waiting.push({ effect, bytes });
    this.#waitingBytes += bytes.length + RECORD_OVERHEAD_BYTES;
    this.#kick();
  }

  /** Records of heights at or below `height` no longer matter. */
  forgetThrough(height: Height): void {
    this.#durableHeight = height;
    this.#forgetDue = true;
    this.#kick();
  }

  /** Resolves when the journal is so near the durable height that one more block may come from elsewhere (SPEC 3.5). */
  async keptUp(): Promise<void> {
    while (this.#running !== null && this.#lag > MARK_LAG) await this.#running;
  }

  /** Resolves when everything added so far is durable and reported, and the last head told of, or has failed. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#forgetDue = true;
    this.#kick();
    while (this.#running !== null) await this.#running;
    await this.#deps.journal.close();
  }

  get #lag(): number {
    return this.#durableHeight - this.#deps.journal.mark;
  }

  #kick(): void {
    if (this.#running !== null || this.#failed) return;
    this.#running = this.#run()
      .catch((error: unknown) => {
        this.#failed = true;
        this.#waiting = [];
        this.#deps.failed(error);
      })
      .finally(() => {
        this.#running = null;
        if (this.#waiting.length > 0 || this.#forgetDue) this.#kick();
      });
  }

  async #run(): Promise<void> {
    const { journal, clock, metrics, durable } = this.#deps;
    // Lets the effects of the current step arrive, so that they share one fsync.
    await null;
    while (this.#waiting.length > 0 && !this.#failed) {
      const group = this.#waiting.splice(0, MAX_RECORDS_IN_FRAME);
      const start = clock.monotonic();
      await journal.append(
        group.map(({ bytes }) => bytes),
        this.#durableHeight,
      );
      metrics.fsync.observe(clock.monotonic() - start);
      metrics.fsyncRecords.inc(undefined, group.length);
      for (const { effect, bytes } of group) {
        this.#waitingBytes -= bytes.length + RECORD_OVERHEAD_BYTES;
        this.#added.push(effect.record);
      }
      for (const { effect } of group) durable(effect);
    }
    // Promises can be many at one height too.
    if (this.#forgetDue || journal.sizeBytes >= this.#rewriteBytes) await this.#forget();
    metrics.journalBytes.set(journal.sizeBytes);
  }

  async #forget(): Promise<void> {
    const { journal, codec } = this.#deps;
    const height = this.#durableHeight;
    this.#live = codec.liveRecords([...this.#live, ...this.#added], height);
    this.#added = [];
    this.#forgetDue = false;
    if (journal.sizeBytes >= REWRITE_BYTES) {
      const encoded = this.#live.map((record) => codec.encodeRecord(record));
      const liveBytes = encoded.reduce((sum, record) => sum + record.length, 0);
      this.#rewriteBytes = Math.max(REWRITE_BYTES, liveBytes * 2);
      if (liveBytes * 2 <= journal.sizeBytes) await journal.replace(encoded, height);
    }
    if (this.#lag >= (this.#closing ? 1 : MARK_LAG)) await journal.append([], height);
  }
}
