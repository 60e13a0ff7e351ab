import type { ThreadLane } from "@fb/runtime";
import { type AdmissionDeps, type Admitted, admit, refusal } from "./admission.ts";
import type { SubmitResult } from "./api.ts";
import type { PoolMetrics } from "./metrics.ts";
import type { TxPoolOptions } from "./options.ts";
import { CLIENT } from "./origins.ts";
import { inPieces } from "./pieces.ts";

export interface EntranceDeps extends AdmissionDeps {
  readonly lanes: { readonly clients: ThreadLane; readonly peers: ThreadLane };
  readonly metrics: PoolMetrics;
  /** What came in, or gave way to it, after each slice. */
  readonly admitted: (admitted: Admitted, source: "client" | "peer") => void;
}

/** Takes submissions and has them admitted slice by slice (SPEC 1.1, 1.14). */
export class Entrance {
  readonly #options: TxPoolOptions;
  readonly #deps: EntranceDeps;
  #bytesInCheck = 0;
  #paused = false;
  #closed = false;

  constructor(options: TxPoolOptions, deps: EntranceDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  async submit(raws: readonly Uint8Array[], origin: string): Promise<readonly SubmitResult[]> {
    let bytes = 0;
    for (const raw of raws) bytes += raw.length;
    const { maxBytesInCheck } = this.#options;
    const limit = origin === CLIENT ? maxBytesInCheck : maxBytesInCheck / 2;
    if (this.#closed || this.#paused || this.#bytesInCheck + bytes > limit) return this.#busy(raws, origin);
    this.#bytesInCheck += bytes;
    try {
      const { clients, peers } = this.#deps.lanes;
      const lane = origin === CLIENT ? clients : peers;
      const results: SubmitResult[] = [];
      // All turns are asked for now: what is submitted next comes next, since its nonces may follow on these.
      const pieces = Array.from(inPieces(raws), ({ part, micros }) => ({ part, turn: lane.take(origin, micros) }));
      for (const { part, turn } of pieces) {
        if (turn !== null) await turn;
        for (const result of await this.#admit(part, origin)) results.push(result);
      }
      return results;
    } finally {
      this.#bytesInCheck -= bytes;
    }
  }

  /** Refuses everything while it is on. */
  pause(on: boolean): void {
    this.#paused = on;
  }

  /** Refuses everything from now on. */
  close(): void {
    this.#closed = true;
  }

  async #admit(raws: readonly Uint8Array[], origin: string): Promise<readonly SubmitResult[]> {
    if (this.#closed) return this.#busy(raws, origin);
    const admitted = await admit(this.#options, this.#deps, raws, origin);
    this.#count(admitted.results, sourceOf(origin));
    this.#deps.admitted(admitted, sourceOf(origin));
    return admitted.results;
  }

  #busy(raws: readonly Uint8Array[], origin: string): readonly SubmitResult[] {
    this.#deps.metrics.submitted.inc({ source: sourceOf(origin), outcome: "POOL_BUSY" }, raws.length);
    return raws.map(() => refusal("POOL_BUSY", null));
  }

  #count(results: readonly SubmitResult[], source: string): void {
    const outcomes = new Map<string, number>();
    for (const result of results) {
      const outcome = result.ok ? "accepted" : result.code;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    for (const [outcome, count] of outcomes) this.#deps.metrics.submitted.inc({ source, outcome }, count);
  }
}

function sourceOf(origin: string): "client" | "peer" {
  return origin === CLIENT ? "client" : "peer";
}
