import type { LogFields } from "./logger.ts";
import type { Rng } from "./rng.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LogOptions {
  readonly level: LogLevel;
  /** File the lines are appended to; absent = standard output. Lines are written synchronously, so none is lost in a crash. */
  readonly file?: string;
}

export interface QuotaLoggerOptions {
  /** Lines of one source in a minute. */
  readonly perSource: number;
  /** Lines of all sources together in a minute: whoever can appear as many sources fills no disk either. */
  readonly total: number;
  /** Who provoked a line, by something that cannot be changed at will, like the address the party comes from. */
  readonly source: (fields: LogFields) => string;
}

export interface JobQueueOptions {
  /** Metric label: a constant of the code. */
  readonly name: string;
  /** Jobs running at once. */
  readonly concurrency: number;
  /** Jobs waiting at most; one more is refused with QUEUE_FULL. */
  readonly maxWaiting: number;
}

export interface ThreadShareOptions {
  /** Work of one turn of the event loop, in milliseconds at the prices of work. */
  readonly sliceMs: number;
  /** Number of lanes. */
  readonly lanes: number;
}

export interface CostBudgetsOptions {
  /** What a party may cost at once, in milliseconds of a thread. */
  readonly burstMs: number;
  /** What comes back each second. */
  readonly msPerSecond: number;
  /** Parties remembered; one more forgets the one that was charged least recently. */
  readonly maxParties: number;
}

export interface PendingRequestsOptions {
  /**
   * Requests remembered for one peer; one more forgets the oldest. Above what is ever under way at once, so that only
   * overdue ones are forgotten.
   */
  readonly maxPerPeer: number;
  /** Not predictable outside tests. */
  readonly rng: Rng;
}

export interface PortClientOptions<Event> {
  /** Calls awaiting an answer at most; one more is refused with PORT_BUSY. */
  readonly maxInFlight: number;
  readonly onEvent?: (event: Event) => void;
  readonly onClose?: () => void;
}
