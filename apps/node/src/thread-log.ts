import { createLogger, type LogFields, type Logger, type LogLevel } from "@fb/runtime";

/** How a thread writes its log: every thread opens the same destination. */
export interface ThreadLog {
  readonly level: LogLevel;
  /** Null = standard output. */
  readonly file: string | null;
  readonly node: string;
}

export function threadLogger({ level, file, node }: ThreadLog, fields: LogFields): Logger {
  return createLogger({ level, ...(file === null ? {} : { file }) }, { node, ...fields });
}

export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "UNEXPECTED";
}
