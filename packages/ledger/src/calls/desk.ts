import type { Clock, Counter, Gauge, MetricsRegister } from "@fb/runtime";
import { callError } from "../errors.ts";

/** How a call ended for the one who waited for it. */
type Ending = "answered" | "timeout" | "cancelled" | "refused";

/**
 * Where calls are handed in and answers are waited for: not longer than the deadline, and not when the client has left.
 * Whatever runs the call, this side stops waiting at once.
 */
export class CallDesk {
  readonly #clock: Clock;
  readonly #gauge: Gauge;
  readonly #ended: Counter;
  #open = 0;

  constructor(clock: Clock, metrics: MetricsRegister) {
    this.#clock = clock;
    this.#gauge = metrics.gauge("fb_ledger_calls_open", "Calls and estimates that are waited for, running or in line");
    const help = "Calls and estimates by how they ended: answered, timeout, cancelled (the client left), refused";
    this.#ended = metrics.counter("fb_ledger_calls_ended_total", help, ["ending"]);
  }

  /** Rejects with CALL_ABORTED at the deadline or when `signal` is aborted, and with whatever `work` rejects with. */
  async wait<T>(
    timeoutMs: number,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const controller = new AbortController();
    let ending: Ending = "answered";
    let giveUp: (error: Error) => void;
    const givenUp = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    const abort = (why: Ending) => {
      ending = why;
      giveUp(callError("CALL_ABORTED", why === "timeout" ? "the call took too long" : "the client left"));
      controller.abort();
    };
    const onAbort = () => abort("cancelled");
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort);
    const stop = this.#clock.after(timeoutMs, () => abort("timeout"));
    this.#gauge.set(++this.#open);
    try {
      return await Promise.race([givenUp, work(controller.signal)]);
    } catch (error) {
      if (ending === "answered") ending = "refused";
      throw error;
    } finally {
      stop();
      signal?.removeEventListener("abort", onAbort);
      this.#gauge.set(--this.#open);
      this.#ended.inc({ ending });
    }
  }
}
