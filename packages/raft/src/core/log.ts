import type { Executed } from "@fb/consensus/core";
import type { Height, Hex } from "@fb/types";
import type { CommitVote, LogRecord, Position, RaftRecord } from "./messages.ts";

/** The end of a log. `executed` is the block when it may be above the head. */
export interface LogEnd<P> extends CommitVote {
  readonly executed: Executed<P> | null;
}

export function atLeast(a: Position, b: Position): boolean {
  return a.term > b.term || (a.term === b.term && a.height >= b.height);
}

/** The end of the log that these records left behind; null when there is none. */
export function restoreLog<P>(records: readonly RaftRecord<P>[]): LogEnd<P> | null {
  const logs = records.filter((record): record is LogRecord<P> => record.k === "log");
  const last = logs.at(-1);
  if (last === undefined) return null;
  const { term, height, hash } = last;
  return { term, height, hash, executed: bodyOf(logs, hash) };
}

function bodyOf<P>(logs: readonly LogRecord<P>[], hash: Hex): Executed<P> | null {
  return logs.find((record) => record.hash === hash && record.executed !== null)?.executed ?? null;
}

/** SPEC 7.3: the last vote, the last end of the log and, while the chain lacks it, the block at that end. */
export function liveRecords<P>(records: readonly RaftRecord<P>[], durable: Height): readonly RaftRecord<P>[] {
  const vote = records.findLast((record) => record.k === "vote");
  const last = records.findLast((record) => record.k === "log");
  const body =
    last !== undefined && last.height > durable
      ? records.find((record) => record.k === "log" && record.hash === last.hash && record.executed !== null)
      : undefined;
  return records.filter((record) => record === vote || record === last || record === body);
}
