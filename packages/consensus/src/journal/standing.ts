import type { Height } from "@fb/types";

/**
 * Heights by which a journal may be behind the chain after a crash: it is told of a new head in the background, and a
 * sealer that votes is never more than one behind (SPEC 3.6).
 */
const MAX_JOURNAL_LAG = 4;

/** How a journal fits the chain beside it; see {@link standingOf}. */
export type Standing =
  /** Every promise that can still matter is in it. */
  | "whole"
  /** There is none. */
  | "missing"
  /** It knows of fewer heights than the chain has: a restored or mixed up copy. Later promises are unknown. */
  | "older"
  /** It knows of heights that the chain lacks: the chain is a restored copy. No promise is unknown. */
  | "ahead";

/**
 * Compares the highest head that a journal knows to be stored with what the chain has.
 *
 * @param mark null when there is no journal.
 * @param durable height of the chain that survives a crash.
 */
export function standingOf(mark: Height | null, durable: Height): Standing {
  if (mark === null) return "missing";
  if (mark > durable) return "ahead";
  return mark + MAX_JOURNAL_LAG < durable ? "older" : "whole";
}

/**
 * Nothing at or below this height may be promised on the strength of a journal of this standing; 0 when nothing is
 * amiss.
 */
export function silenceAfter(standing: Standing, mark: Height, durable: Height): Height {
  if (standing === "whole") return 0;
  // Records of the heights that the journal knows to be stored are forgotten; those above are all there.
  if (standing === "ahead") return mark;
  // At the height after the head anything may have been promised.
  return durable === 0 ? 0 : durable + 1;
}
