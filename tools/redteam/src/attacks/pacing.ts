import { setTimeout as wait } from "node:timers/promises";

/** Waits, or until the signal aborts. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await wait(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}

/** Acts again and again until the signal aborts. Between two acts others of this process have their turn. */
export async function repeat(signal: AbortSignal, act: () => unknown, everyMs = 0): Promise<void> {
  while (!signal.aborted) {
    try {
      await act();
    } catch {
      // Refused, cut off, ended: it goes on.
      await pause(10, signal);
    }
    await (everyMs > 0 ? pause(everyMs, signal) : new Promise(setImmediate));
  }
}

/** The same at `lanes` places at once. */
export async function repeatAtOnce(signal: AbortSignal, lanes: number, act: (lane: number) => unknown): Promise<void> {
  await Promise.all(Array.from({ length: lanes }, (_, lane) => repeat(signal, () => act(lane))));
}
