import { type Clock, systemClock } from "./clock.ts";

/** The last one repeats. */
const WAITS_MS = [10, 30, 100, 300, 1000];

/**
 * Opens a file, again and again while neither the process nor the system has a file descriptor left: whoever holds them
 * gives some back, and a group need not end because clients came in great number.
 */
export async function whenDescriptorFree<T>(open: () => Promise<T>, clock: Clock = systemClock): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await open();
    } catch (error) {
      if (!isShortOfDescriptors(error)) throw error;
    }
    const ms = WAITS_MS[Math.min(tries, WAITS_MS.length - 1)]!;
    await new Promise<void>((resolve) => void clock.after(ms, resolve));
  }
}

/** By its code, or by what the system's message says where a library has no codes. */
function isShortOfDescriptors(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("code" in error && (error.code === "EMFILE" || error.code === "ENFILE")) return true;
  return /too many open files/i.test(error.message);
}
