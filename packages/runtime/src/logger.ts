/** Flat, JSON-friendly fields; bytes are given as hex by the caller. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Structured log. `event` is a constant kebab-case name, never built from data. Levels: error = the operator must act,
 * warn = degraded, info = at most about one per block, debug = per message.
 */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  child(fields: LogFields): Logger;
}

export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};
