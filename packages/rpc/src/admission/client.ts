import type { Party } from "./party.ts";

/** How an accepted submission was answered: its receipt can be read here, or it is only known to be in the pool. */
export type SubmitState = "durable" | "accepted";

/** The receiving end of subscriptions: one WebSocket. */
export interface Subscriber {
  readonly party: Party;
  /** Sends now or, when the client does not keep up, closes. */
  notify(text: string): void;
  close(code: number, reason: string): void;
}

/** Whoever waits for an answer, as far as methods need to know. One for an HTTP request, one for a WebSocket. */
export class Client {
  /** Whose share of the server its requests take. */
  readonly party: Party;
  /** The receiving end of subscriptions; null over HTTP. */
  readonly socket: Subscriber | null;
  readonly #leaving = new Set<() => void>();
  #hasLeft = false;
  #abort: AbortController | null = null;
  #submitted: SubmitState | null = null;

  constructor(party: Party, socket: Subscriber | null) {
    this.party = party;
    this.socket = socket;
  }

  /** Nobody waits any more. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Aborts when the client leaves; made when it is first asked for, because few requests run for so long. */
  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController();
      if (this.#hasLeft) this.#abort.abort();
    }
    return this.#abort.signal;
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
    if (this.#hasLeft) queueMicrotask(listener);
    else this.#leaving.add(listener);
    return () => void this.#leaving.delete(listener);
  }

  /** The connection is gone. */
  leave(): void {
    this.#hasLeft = true;
    this.#abort?.abort();
    for (const listener of this.#leaving) listener();
    this.#leaving.clear();
  }
}
