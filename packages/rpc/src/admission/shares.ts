import type { GroupHandle } from "@fb/api";
import type { Clock } from "@fb/runtime";
import type { LogCriteria } from "@fb/types";
import type { RpcMetrics } from "../metrics.ts";
import type { RpcLimits } from "../options.ts";
import { FairShare } from "./fair-share.ts";

/** What the clients of one group share. */
export interface GroupShares {
  /** Reads under way in the group's thread, in {@link readUnits}. */
  readonly reads: FairShare;
  /** Calls and estimates under way. */
  readonly calls: FairShare;
  /** Transactions being admitted or about to be. */
  readonly submits: FairShare;
}

/** Answers of all kinds; half of them for one address, a quarter for one connection. */
const ADDRESS_PART = 1 / 2;
const CONNECTION_PART = 1 / 4;

/** A filter or a subscription costs something with every block, whatever it looks for. */
const KEPT_BYTES = 8 * 1024;
/** An address or topic that is looked for. */
const CRITERION_BYTES = 160;
const KEPT_ADDRESS_PART = 1 / 4;

/** What a filter or a subscription counts among what is kept for clients. */
export function keptBytes(criteria: LogCriteria | null): number {
  if (criteria === null) return KEPT_BYTES;
  const topics = criteria.topics.reduce((sum, alternatives) => sum + (alternatives?.length ?? 0), 0);
  return KEPT_BYTES + CRITERION_BYTES * (criteria.addresses.length + topics);
}

/** The smallest read. */
export const LIGHT = 1;
/** A read that may reach a block. */
const BLOCK_READ = 8;
const BYTES_PER_UNIT = 16 * 1024;

/** What a read of up to so many bytes counts. */
export function readUnits(bytes: number): number {
  return BLOCK_READ + Math.ceil(bytes / BYTES_PER_UNIT);
}

/** Everything clients share: bytes of answers for the whole server, work for each group apart. */
export class Shares {
  readonly answers: FairShare;
  /** Bytes of filters and subscriptions, {@link keptBytes}. */
  readonly kept: FairShare;
  readonly #groups = new WeakMap<GroupHandle, GroupShares>();
  readonly #create: () => GroupShares;

  constructor(limits: RpcLimits, clock: Clock, metrics: RpcMetrics) {
    const share = (what: string, capacity: number, parts: { addressPart?: number; connectionPart?: number } = {}) => {
      const { maxWaiting, maxWaitMs } = limits;
      const onRefused = () => metrics.refused.inc({ what });
      return new FairShare({ capacity, maxWaiting, maxWaitMs, ...parts }, clock, onRefused);
    };
    const parts = { addressPart: ADDRESS_PART, connectionPart: CONNECTION_PART };
    this.answers = share("answers", limits.maxAnswerBytes, parts);
    this.kept = share("kept", limits.maxKeptBytes, { addressPart: KEPT_ADDRESS_PART });
    this.#create = () => ({
      // Long ones hold their places while the group paces them.
      reads: share("reads", limits.maxReadsPerGroup, { addressPart: ADDRESS_PART }),
      // The group's own lanes give small calls their turn beside long ones, so many may be there; but calls hold their
      // places long, so nobody may have all of them.
      calls: share("calls", limits.maxCallsPerGroup, parts),
      submits: share("submits", limits.maxSubmitsPerGroup),
    });
  }

  of(group: GroupHandle): GroupShares {
    let shares = this.#groups.get(group);
    if (shares === undefined) this.#groups.set(group, (shares = this.#create()));
    return shares;
  }
}
