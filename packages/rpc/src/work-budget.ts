import type { GroupId } from "@fb/types";
import { busy } from "./errors.ts";

/** Bounds the work in flight of each group apart, so that one group's clients cannot use up another's share. */
export class WorkBudget {
  readonly #limit: number;
  readonly #inFlight = new Map<GroupId, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs `work` or, when it does not fit, rejects with the busy error at once. */
  async run<T>(groupId: GroupId, cost: number, work: () => T | Promise<T>): Promise<T> {
    const used = this.#inFlight.get(groupId) ?? 0;
    if (used + cost > this.#limit) throw busy();
    this.#inFlight.set(groupId, used + cost);
    try {
      return await work();
    } finally {
      const left = this.#inFlight.get(groupId)! - cost;
      if (left === 0) this.#inFlight.delete(groupId);
      else this.#inFlight.set(groupId, left);
    }
  }
}
