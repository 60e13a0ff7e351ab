import type { LogFields, Logger } from "../logger.ts";

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly event: string;
  readonly fields: LogFields;
}

/** A logger that keeps what it is told, for assertions about what an operator would read. */
export function createCapturingLogger(): Logger & { readonly lines: LogLine[]; has(event: string): boolean } {
  const lines: LogLine[] = [];
  const make = (bound: LogFields): Logger => {
    const at = (level: LogLine["level"]) => (event: string, fields?: LogFields) =>
      void lines.push({ level, event, fields: { ...bound, ...fields } });
    return {
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      child: (fields) => make({ ...bound, ...fields }),
    };
  };
  return { ...make({}), lines, has: (event) => lines.some((line) => line.event === event) };
}
