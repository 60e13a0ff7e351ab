import { callError } from "../errors.ts";

/** Places for calls under way, and a bounded line of those that wait for one, first in, first out. */
export class Lane {
  readonly #places: number;
  readonly #maxWaiting: number;
  readonly #line = new Set<() => void>();
  #taken = 0;

  constructor(places: number, maxWaiting: number) {
    this.#places = places;
    this.#maxWaiting = maxWaiting;
  }

  /** Runs `work` in a place. Rejects with CALL_QUEUE_FULL, or with CALL_ABORTED when the signal is aborted in the line. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (signal.aborted) throw callError("CALL_ABORTED", "the call was aborted");
    if (this.#taken < this.#places) this.#taken++;
    else await this.#place(signal);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  /** The place is handed over by whoever leaves it. */
  #place(signal: AbortSignal): Promise<void> {
    if (this.#line.size >= this.#maxWaiting) {
      throw callError("CALL_QUEUE_FULL", "too many calls wait");
    }
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        this.#line.delete(enter);
        reject(callError("CALL_ABORTED", "the call was aborted"));
      };
      this.#line.add(enter);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  #leave(): void {
    const [next] = this.#line;
    if (next === undefined) {
      this.#taken--;
      return;
    }
    this.#line.delete(next);
    next();
  }
}
