import { FbError } from "@fb/types";
import type { JobQueueErrorCode } from "./errors.ts";
import type { MetricsRegister } from "./metrics.ts";
import type { JobQueueOptions } from "./options.ts";

/** Runs asynchronous jobs first in, first out, with bounded waiting. */
export interface JobQueue {
  /** Result of the job, or rejects with its error or a {@link JobQueueErrorCode}. */
  run<T>(job: () => Promise<T>): Promise<T>;
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
