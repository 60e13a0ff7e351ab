import { FbError } from "@fb/types";
import type { MetricsRegister } from "./metrics.ts";

/** QUEUE_FULL: the caller must slow down or tell its client; nothing was queued. QUEUE_CLOSED: the owner is shutting down. */
export type JobQueueErrorCode = "QUEUE_FULL" | "QUEUE_CLOSED";

export interface JobQueueOptions {
  /** Metric label: a constant of the code. */
  readonly name: string;
  /** Jobs running at once. */
  readonly concurrency: number;
  /** Jobs waiting at most; one more is refused with QUEUE_FULL. */
  readonly maxWaiting: number;
}

/** Runs asynchronous jobs first in, first out, with bounded waiting. */
export interface JobQueue {
  /** Result of the job, or rejects with its error or a {@link JobQueueErrorCode}. */
  run<T>(job: () => Promise<T>): Promise<T>;
  readonly waiting: number;
  readonly running: number;
  /** Refuses waiting and new jobs; resolves when running ones have ended. Idempotent. */
  close(): Promise<void>;
}

interface Waiting {
  start(): void;
  refuse(error: Error): void;
}

export function createJobQueue(options: JobQueueOptions, metrics: MetricsRegister): JobQueue {
  const waitingGauge = metrics.gauge("fb_runtime_queue_waiting_jobs", "Jobs waiting in a bounded queue", ["queue"]);
  const refused = metrics.counter("fb_runtime_queue_refused_total", "Jobs refused because a queue was full", ["queue"]);
  const label = { queue: options.name };
  const waiting: Waiting[] = [];
  let running = 0;
  let closed = false;
  const idle: (() => void)[] = [];

  const next = () => {
    while (running < options.concurrency && waiting.length > 0) waiting.shift()!.start();
    waitingGauge.set(waiting.length, label);
    if (running === 0) for (const wake of idle.splice(0)) wake();
  };

  return {
    get waiting() {
      return waiting.length;
    },
    get running() {
      return running;
    },
    run<T>(job: () => Promise<T>): Promise<T> {
      if (closed)
        return Promise.reject(new FbError<JobQueueErrorCode>("QUEUE_CLOSED", `queue ${options.name} is closed`));
      if (running >= options.concurrency && waiting.length >= options.maxWaiting) {
        refused.inc(label);
        return Promise.reject(new FbError<JobQueueErrorCode>("QUEUE_FULL", `queue ${options.name} is full`));
      }
      return new Promise<T>((resolve, reject) => {
        const start = () => {
          running++;
          job()
            .then(resolve, reject)
            .finally(() => {
              running--;
              next();
            });
        };
        waiting.push({ start, refuse: reject });
        next();
      });
    },
    close() {
      closed = true;
      for (const job of waiting.splice(0)) {
        job.refuse(new FbError<JobQueueErrorCode>("QUEUE_CLOSED", `queue ${options.name} is closed`));
      }
      return running === 0 ? Promise.resolve() : new Promise<void>((resolve) => idle.push(resolve));
    },
  };
}
