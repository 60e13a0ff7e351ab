import type { GroupHandle } from "@fb/api";

/** Asks a group for pending events while somebody wants them, and only then. */
export class PendingWatch {
  readonly #interest = new WeakMap<GroupHandle, number>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  add(group: GroupHandle): void {
    const count = (this.#interest.get(group) ?? 0) + 1;
    this.#interest.set(group, count);
    if (count === 1) this.#tell(group, true);
  }

  drop(group: GroupHandle): void {
    const count = (this.#interest.get(group) ?? 0) - 1;
    this.#interest.set(group, Math.max(0, count));
    if (count === 0) this.#tell(group, false);
  }

  #tell(group: GroupHandle, on: boolean): void {
    group.query.watchPending(on).catch(this.#onError);
  }
}
