import type { Executed } from "@fb/consensus/core";
import type { Height } from "@fb/types";
import type { CommitVote, Position, RaftRecord, StoredRecord } from "./messages.ts";

/** A block that we hold as one of a term. */
export interface Stored<P> extends CommitVote {
  readonly executed: Executed<P>;
}

/** SPEC 2.3: whether `a` has all that `b` may have helped to decide. */
export function atLeastAsUpToDate(a: Position, b: Position): boolean {
  return a.head > b.head || (a.head === b.head && a.tail >= b.tail);
}

/** The block that these records say we hold; null when there is none. */
export function restoreStored<P>(records: readonly RaftRecord<P>[]): Stored<P> | null {
  const last = records.findLast(isStored);
  if (last === undefined) return null;
  const { term, height, hash } = last;
  const executed = bodyRecord(records, last)?.executed ?? null;
  return executed === null ? null : { term, height, hash, executed };
}

/**
 * SPEC 7.3: the last vote, the last word on terms heard of and on a recovery, the last stored record for its term, and
 * until the chain has it the block of that.
 */
export function liveRecords<P>(records: readonly RaftRecord<P>[], durable: Height): readonly RaftRecord<P>[] {
  const vote = records.findLast((record) => record.type === "vote");
  const heard = records.findLast((record) => record.type === "heard");
  const recovered = records.findLast((record) => record.type === "recovered");
  const last = records.findLast(isStored);
  const body = last !== undefined && last.height > durable ? bodyRecord(records, last) : undefined;
  const kept: readonly (RaftRecord<P> | undefined)[] = [vote, heard, recovered, last, body];
  return records.filter((record) => kept.includes(record));
}

/** What the last word on a recovery still says with this head; null when nothing. */
export function restoreRecovered<P>(records: readonly RaftRecord<P>[], head: Height): Position | null {
  const last = records.findLast((record) => record.type === "recovered");
  return last?.type === "recovered" && (last.tail === 0 || last.head === head) ? last : null;
}

function bodyRecord<P>(records: readonly RaftRecord<P>[], { hash }: StoredRecord<P>): StoredRecord<P> | undefined {
  return records.filter(isStored).find((record) => record.hash === hash && record.executed !== null);
}

function isStored<P>(record: RaftRecord<P>): record is StoredRecord<P> {
  return record.type === "stored";
}
