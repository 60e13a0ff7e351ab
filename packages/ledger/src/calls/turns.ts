import type { Clock } from "@fb/runtime";

/** A call's part in the thread. */
export interface Turn {
  /** Milliseconds of the thread it has had. */
  readonly usedMs: number;
  /** Resolves when the thread is this call's, until it is released. */
  take(): Promise<void>;
  /** Gives the thread to whoever waits for it. Idempotent. */
  release(): void;
  /** Waits for something else meanwhile. */
  away<T>(wait: Promise<T>): Promise<T>;
}

interface Waiting {
  readonly turn: { usedMs: number };
  readonly start: () => void;
}

/**
 * Lets one call after the other have the thread, always the one that had least of it: a call of a millisecond does not
 * wait for calls that take seconds, and among those time is shared out evenly.
 */
export class Turns {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();
  #busy = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  create(): Turn {
    const own = { usedMs: 0 };
    let since: number | null = null;
    const begin = () => {
      since = this.#clock.monotonic();
    };
    const take = async () => {
      if (this.#busy) {
        await new Promise<void>((start) => this.#waiting.add({ turn: own, start }));
      } else {
        this.#busy = true;
      }
      begin();
    };
    const release = () => {
      if (since === null) return;
      own.usedMs += this.#clock.monotonic() - since;
      since = null;
      this.#next();
    };
    return {
      get usedMs() {
        return own.usedMs;
      },
      take,
      release,
      async away(wait) {
        release();
        try {
          return await wait;
        } finally {
          await take();
        }
      },
    };
  }

  #next(): void {
    let next: Waiting | null = null;
    for (const waiting of this.#waiting) if (next === null || waiting.turn.usedMs < next.turn.usedMs) next = waiting;
    if (next === null) {
      this.#busy = false;
      return;
    }
    this.#waiting.delete(next);
    next.start();
  }
}
