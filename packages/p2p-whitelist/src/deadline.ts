import type { Clock } from "@fb/runtime";

/** A signal that aborts after `ms`, or with `outer`. */
export function deadlineAfter(clock: Clock, ms: number, outer?: AbortSignal): { signal: AbortSignal; cancel(): void } {
  const controller = new AbortController();
  const cancel = clock.after(ms, () => controller.abort());
  return { signal: outer === undefined ? controller.signal : AbortSignal.any([outer, controller.signal]), cancel };
}
