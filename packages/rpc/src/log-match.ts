import { equalBytes, type Log } from "@fb/types";
import type { LogFilter } from "./ports.ts";

/** Whether a log is one that a filter asks for, whatever its block. */
export function matchesLog(filter: Pick<LogFilter, "addresses" | "topics">, log: Log): boolean {
  if (filter.addresses.length > 0 && !filter.addresses.some((one) => equalBytes(one, log.address))) return false;
  return filter.topics.every((wanted, i) => {
    if (wanted === null) return true;
    const topic = log.topics[i];
    return topic !== undefined && wanted.some((one) => equalBytes(one, topic));
  });
}
