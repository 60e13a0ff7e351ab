import { bloomContains } from "./bloom.ts";
import { equalBytes } from "./bytes.ts";
import type { CryptoSuite } from "./contracts/crypto.ts";
import type { Address, Hash } from "./ids.ts";
import type { Log } from "./receipt.ts";

/** Which logs are meant, whatever their block. */
export interface LogCriteria {
  /** Empty = any. */
  readonly addresses: readonly Address[];
  /** One entry per position; null = any, otherwise one of the hashes. At most 4. */
  readonly topics: readonly (readonly Hash[] | null)[];
}

/** Whether a log is meant. A position that the log does not have never matches, not even when any topic would do. */
export function matchesLog({ addresses, topics }: LogCriteria, log: Log): boolean {
  if (addresses.length > 0 && !addresses.some((address) => equalBytes(address, log.address))) return false;
  if (topics.length > log.topics.length) return false;
  return topics.every(
    (choices, position) => choices === null || choices.some((choice) => equalBytes(choice, log.topics[position]!)),
  );
}

/** False when no log that went into the bloom can be meant; true otherwise, at times by accident. */
export function bloomMayMatch(suite: CryptoSuite, bloom: Uint8Array, { addresses, topics }: LogCriteria): boolean {
  const hasOne = (values: readonly Uint8Array[]) => values.some((value) => bloomContains(suite, bloom, value));
  if (addresses.length > 0 && !hasOne(addresses)) return false;
  return topics.every((choices) => choices === null || hasOne(choices));
}
