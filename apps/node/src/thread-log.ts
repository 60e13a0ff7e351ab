import { BroadcastChannel } from "node:worker_threads";
import { createLogger, type LogFields, type LogLevel, type RootLogger } from "@fb/runtime";

/** How a thread writes its log: every thread opens the same destination. */
export interface ThreadLog {
  readonly level: LogLevel;
  /** Null = standard output. */
  readonly file: string | null;
  readonly node: string;
}

/** What the main thread tells the logs of all threads. */
export type LogCommand = { readonly type: "level"; readonly level: LogLevel } | { readonly type: "reopen" };

/** Commands reach every thread of the process, without a port to each. */
export function logCommands({ node, file }: ThreadLog): BroadcastChannel {
  const channel = new BroadcastChannel(`log ${node} ${file}`);
  channel.unref();
  return channel;
}

/** The log of this thread; follows the commands of the main thread. */
export function threadLogger(options: ThreadLog, fields: LogFields): RootLogger {
  const { level, file, node } = options;
  const log = createLogger({ level, ...(file === null ? {} : { file }) }, { node, ...fields });
  logCommands(options).onmessage = (event) => {
    const command = (event as { readonly data: LogCommand }).data;
    if (command.type === "level") log.setLevel(command.level);
    else log.reopen();
  };
  return log;
}
