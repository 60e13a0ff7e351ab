import pino from "pino";
import type { LogFields, Logger } from "./logger.ts";
import type { LogLevel, LogOptions } from "./options.ts";

/** In the order of their weight. */
const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** A logger with its destination. */
export interface RootLogger extends Logger {
  /** Of this logger and of all its children. */
  setLevel(level: LogLevel): void;
  /**
   * Opens the file anew by its name, because it was renamed; every line is in one of the two. When that fails, the
   * logger says so and stays with the old one.
   */
  reopen(): void;
}

/** What waits for a destination that takes nothing, a full disk for example; newer lines are lost then, and counted. */
const MAX_WAITING_BYTES = 1 << 20;

/** JSON lines `{"level","time","event",...fields}` with an ISO time. Several threads may append to the same file. */
export function createLogger(options: LogOptions, fields: LogFields = {}): RootLogger {
  const destination = pino.destination({
    dest: options.file ?? 1,
    sync: true,
    mkdir: true,
    append: true,
    maxLength: MAX_WAITING_BYTES,
  });
  let lost = 0;
  // The node goes on without its log. What could not be written is tried again with the next line.
  destination.on("error", () => {});
  destination.on("drop", () => lost++);
  destination.on("write", () => {
    if (lost === 0) return;
    const lines = lost;
    lost = 0;
    root.warn({ lines }, "log-lines-lost");
  });
  const root = pino(
    {
      level: "debug",
      base: null,
      messageKey: "event",
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { error: pino.stdSerializers.err },
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  ).child(fields);
  const threshold = { level: LEVELS.indexOf(options.level) };
  return {
    ...wrap(root, threshold),
    setLevel(level) {
      threshold.level = LEVELS.indexOf(level);
    },
    reopen() {
      if (options.file === undefined) return;
      const listeners = destination.listeners("ready");
      try {
        destination.reopen();
      } catch (error) {
        // Left in place, it would close the descriptor a second time after the next success.
        for (const listener of destination.listeners("ready")) {
          if (!listeners.includes(listener)) destination.off("ready", listener as () => void);
        }
        root.error({ error }, "log-reopen-failed");
      }
    },
  };
}

/** The level is looked up for each line: pino fixes that of a child when it makes it. */
function wrap(target: pino.Logger, threshold: { readonly level: number }): Logger {
  const at = (level: LogLevel) => {
    const rank = LEVELS.indexOf(level);
    return (event: string, fields?: LogFields) => {
      if (rank >= threshold.level) target[level](fields ?? {}, event);
    };
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (fields) => wrap(target.child(fields), threshold),
  };
}
