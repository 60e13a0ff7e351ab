import type { Clock } from "@fb/runtime";
import type { Height } from "@fb/types";
import type { EngineCodec } from "./codec.ts";
import type { JournalSeq, Send } from "./core/machine.ts";
import type { Journal } from "./journal/journal.ts";
import type { ConsensusMetrics } from "./metrics.ts";

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

/** A journal file is rewritten above this size when at least half of it no longer matters. */
const REWRITE_BYTES = 4 * 1024 * 1024;

/** Writes records in order; all that wait while one fsync runs share the next one. */
export class Persister<M, R> {
  readonly #deps: PersisterDeps<M, R>;
  #waiting: PersistEffect<M, R>[] = [];
  #live: readonly R[];
  #added: R[] = [];
  #durableHeight: Height | null = null;
  #running: Promise<void> | null = null;
  #failed = false;

  constructor(live: readonly R[], deps: PersisterDeps<M, R>) {
    this.#live = live;
    this.#deps = deps;
  }

  add(effect: PersistEffect<M, R>): void {
    if (this.#failed) return;
    this.#waiting.push(effect);
    this.#kick();
  }

  /** Records of heights at or below `height` no longer matter. */
  forgetThrough(height: Height): void {
    this.#durableHeight = height;
    this.#kick();
  }

  /** Resolves when everything added so far is durable and reported, or has failed. */
  async close(): Promise<void> {
    while (this.#running !== null) await this.#running;
    await this.#deps.journal.close();
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
        if (this.#waiting.length > 0) this.#kick();
      });
  }

  async #run(): Promise<void> {
    const { journal, codec, clock, metrics, durable } = this.#deps;
    // Lets the effects of the current step arrive, so that they share one fsync.
    await null;
    while (this.#waiting.length > 0 && !this.#failed) {
      const group = this.#waiting;
      this.#waiting = [];
      const start = clock.monotonic();
      await journal.append(group.map((effect) => codec.encodeRecord(effect.record)));
      metrics.fsync.observe(clock.monotonic() - start);
      metrics.fsyncRecords.inc(undefined, group.length);
      for (const effect of group) this.#added.push(effect.record);
      for (const effect of group) durable(effect);
    }
    await this.#forget();
    metrics.journalBytes.set(journal.sizeBytes);
  }

  async #forget(): Promise<void> {
    const { journal, codec } = this.#deps;
    if (this.#durableHeight === null) return;
    this.#live = codec.liveRecords([...this.#live, ...this.#added], this.#durableHeight);
    this.#added = [];
    this.#durableHeight = null;
    if (journal.sizeBytes < REWRITE_BYTES) return;
    const encoded = this.#live.map((record) => codec.encodeRecord(record));
    const liveBytes = encoded.reduce((sum, record) => sum + record.length, 0);
    if (liveBytes * 2 <= journal.sizeBytes) await journal.replace(encoded);
  }
}
