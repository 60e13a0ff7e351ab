import { workerData } from "node:worker_threads";
import { type ThreadLog, threadLogger } from "../src/thread-log.ts";

/** A thread that writes numbered lines and now and then looks at its messages. */
const { log: options, thread, lines } = workerData as { log: ThreadLog; thread: number; lines: number };
const log = threadLogger(options, { thread });
let n = 0;

function write(): void {
  for (const end = Math.min(lines, n + 20); n < end; n++) log.info("line", { n });
  if (n < lines) setImmediate(write);
}
write();
