import pino from "pino";
import type { LogFields, Logger } from "./logger.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LogOptions {
  readonly level: LogLevel;
  /** File the lines are appended to; absent = standard output. Lines are written synchronously, so none is lost in a crash. */
  readonly file?: string;
}

/** JSON lines `{"level","time","event",...fields}` with an ISO time. Several threads may append to the same file. */
export function createLogger(options: LogOptions, fields: LogFields = {}): Logger {
  const destination = pino.destination({ dest: options.file ?? 1, sync: true, mkdir: true, append: true });
  const root = pino(
    {
      level: options.level,
      base: null,
      messageKey: "event",
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { error: pino.stdSerializers.err },
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return wrap(root.child(fields));
}

function wrap(target: pino.Logger): Logger {
  return {
    debug: (event, fields) => target.debug(fields ?? {}, event),
    info: (event, fields) => target.info(fields ?? {}, event),
    warn: (event, fields) => target.warn(fields ?? {}, event),
    error: (event, fields) => target.error(fields ?? {}, event),
    child: (fields) => wrap(target.child(fields)),
  };
}
