import type { NodeConfig } from "@fb/config";
import { createLogRotation, type Logger, type LogLimits, systemClock } from "@fb/runtime";
import { type LogCommand, logCommands, type ThreadLog, threadLogger } from "./thread-log.ts";

type LogConfig = NodeConfig["log"];

const HOUR_MS = 3_600_000;

/** The log of the whole process, seen from the main thread. */
export interface NodeLog {
  readonly log: Logger;
  /** For a thread that is started; its level is always the one in force. */
  readonly threadLog: ThreadLog;
  /** Takes over level and limits; another path needs a restart. */
  apply(config: LogConfig): void;
  /** Opens the file anew in every thread, after somebody renamed it. */
  reopen(): void;
  close(): void;
}

/** @param file absolute path; null = standard output */
export function createNodeLog(config: LogConfig, node: string, file: string | null): NodeLog {
  let { level } = config;
  const threadLog: ThreadLog = {
    get level() {
      return level;
    },
    file,
    node,
  };
  const log = threadLogger(threadLog, {});
  const commands = logCommands(threadLog);
  // This thread's own log listens like all others.
  const tell = (command: LogCommand) => commands.postMessage(command);
  const reopen = () => tell({ type: "reopen" });
  const rotation =
    file === null ? null : createLogRotation(file, limitsOf(config), { clock: systemClock, log, reopen });
  return {
    log,
    threadLog,
    apply(next) {
      level = next.level;
      tell({ type: "level", level });
      rotation?.setLimits(limitsOf(next));
    },
    reopen,
    close() {
      rotation?.close();
      commands.close();
    },
  };
}

function limitsOf({ maxFileBytes, maxAgeHours, maxFiles }: LogConfig): LogLimits {
  return { maxFileBytes, maxAgeMs: maxAgeHours * HOUR_MS, maxFiles };
}
