import type { Subscriber } from "./subscriptions.ts";

/** How an accepted submission was answered: its receipt can be read here, or it is only known to be in the pool. */
export type SubmitState = "durable" | "accepted";

/** Whoever waits for an answer, as far as methods need to know. One for an HTTP request, one for a WebSocket. */
export class Client {
  /** The receiving end of subscriptions; null over HTTP. */
  readonly socket: Subscriber | null;
  readonly #leaving = new Set<() => void>();
  #left = false;
  #submitted: SubmitState | null = null;

  constructor(socket: Subscriber | null) {
    this.socket = socket;
  }

  /** What was told of the submissions of one body: "durable" when all of them are; null when there was none. */
  get submitted(): SubmitState | null {
    return this.#submitted;
  }

  noteSubmit(state: SubmitState): void {
    if (this.#submitted !== "accepted") this.#submitted = state;
  }

  /** Calls back once when nobody waits any more; the returned function ends that. */
  onLeave(listener: () => void): () => void {
    if (this.#left) queueMicrotask(listener);
    else this.#leaving.add(listener);
    return () => void this.#leaving.delete(listener);
  }

  /** The connection is gone. */
  leave(): void {
    this.#left = true;
    for (const listener of this.#leaving) listener();
    this.#leaving.clear();
  }
}
