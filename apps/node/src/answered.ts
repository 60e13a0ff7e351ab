import { setTimeout as pause } from "node:timers/promises";

/** A thread that works answers within this; probes of the field wait a little longer. */
export const ANSWER_TIMEOUT_MS = 800;

/** What a thread answers; null when it has ended or does not answer in time. */
export function answered<T>(answer: Promise<T>): Promise<T | null> {
  return Promise.race([answer.catch(() => null), pause(ANSWER_TIMEOUT_MS, null, { ref: false })]);
}
