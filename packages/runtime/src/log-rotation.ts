import { closeSync, openSync, readdirSync, readSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isCode } from "@fb/types";
import type { Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";

export interface LogLimits {
  /** A file of this size is closed and numbered; one second's lines may exceed it. */
  readonly maxFileBytes: number;
  /** A file whose first line is this old is closed and numbered. */
  readonly maxAgeMs: number;
  /** Files kept, the one being written included; 2 or more. */
  readonly maxFiles: number;
}

export interface LogRotationDeps {
  readonly clock: Clock;
  /** Makes every thread that writes the file open it anew. What they write until then is in the file just numbered. */
  readonly reopen: () => void;
  readonly log: Logger;
}

export interface LogRotation {
  setLimits(limits: LogLimits): void;
  close(): void;
}

const CHECK_MS = 1000;
/** Pause after a rotation that failed. */
const RETRY_MS = 60_000;
const FIRST_LINE_BYTES = 256;
const TIME_FIELD = /"time":"([^"]{1,40})"/;

/**
 * Keeps a log in bounds: `node.log` becomes `node.log.1`, that becomes `node.log.2`, and so on; the oldest goes. One
 * thread of a process does this for all that append to the file. A file that somebody else has moved away is opened
 * anew as well.
 */
export function createLogRotation(file: string, initial: LogLimits, deps: LogRotationDeps): LogRotation {
  const { clock, log } = deps;
  let limits = initial;
  let sinceMs = firstLineMs(file) ?? clock.now();
  let pausedUntilMs = Number.NEGATIVE_INFINITY;

  const isDue = (bytes: number) =>
    bytes >= limits.maxFileBytes || (bytes > 0 && clock.now() - sinceMs >= limits.maxAgeMs);

  const check = () => {
    if (clock.monotonic() < pausedUntilMs) return;
    try {
      const found = statSync(file, { throwIfNoEntry: false });
      if (found !== undefined && !isDue(found.size)) return;
      if (found !== undefined) shift(file, limits.maxFiles);
      sinceMs = clock.now();
      deps.reopen();
    } catch (error) {
      pausedUntilMs = clock.monotonic() + RETRY_MS;
      log.error("log-rotation-failed", { file, error });
    }
  };
  const stop = clock.every(CHECK_MS, check);

  return {
    setLimits(next) {
      limits = next;
    },
    close: stop,
  };
}

/** Gives every numbered file the next number, and the file itself the number 1. */
function shift(file: string, maxFiles: number): void {
  const folder = dirname(file);
  const name = basename(file);
  const numbers = readdirSync(folder)
    .filter((entry) => entry.startsWith(`${name}.`))
    .map((entry) => entry.slice(name.length + 1))
    .filter((suffix) => /^[1-9]\d{0,8}$/.test(suffix))
    .map(Number)
    .sort((a, b) => b - a);
  const path = (number: number) => join(folder, `${name}.${number}`);
  for (const number of numbers) {
    if (number + 1 >= maxFiles) rmSync(path(number));
    else renameSync(path(number), path(number + 1));
  }
  renameSync(file, path(1));
}

/** Time of the first line; null when there is none. The file system may not know when the file began. */
function firstLineMs(file: string): number | null {
  try {
    const fd = openSync(file, "r");
    try {
      const bytes = new Uint8Array(FIRST_LINE_BYTES);
      const time = TIME_FIELD.exec(new TextDecoder().decode(bytes.subarray(0, readSync(fd, bytes))))?.[1];
      const ms = Date.parse(time ?? "");
      return Number.isNaN(ms) ? null : ms;
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (isCode(error, "ENOENT")) return null;
    throw error;
  }
}
