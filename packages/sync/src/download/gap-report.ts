import type { Clock, Gauge, Logger } from "@fb/runtime";
import type { BlockGap } from "../api.ts";

export interface GapReportDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly gauge: Gauge;
}

/** Members connect one after the other: the log hears of a gap that lasts. */
const WARN_AFTER_MS = 5_000;
const WARN_EVERY_MS = 600_000;

/** Tells the operator when no connected member keeps the blocks that this node lacks, and when one has come. */
export class GapReport {
  readonly #deps: GapReportDeps;
  #since: number | null = null;
  #warnedAt: number | null = null;

  constructor(deps: GapReportDeps) {
    this.#deps = deps;
  }

  look(gap: BlockGap | null): void {
    const { clock, log, gauge } = this.#deps;
    const now = clock.monotonic();
    gauge.set(gap === null ? 0 : gap.lowest - gap.from);
    if (gap === null) {
      if (this.#warnedAt !== null) log.info("blocks-kept-again");
      this.#since = this.#warnedAt = null;
      return;
    }
    this.#since ??= now;
    const isDue = this.#warnedAt === null ? now - this.#since >= WARN_AFTER_MS : now - this.#warnedAt >= WARN_EVERY_MS;
    if (!isDue) return;
    this.#warnedAt = now;
    log.warn("blocks-not-kept", {
      ...gap,
      hint: "no connected member has the blocks this node needs next: connect one that keeps all (keep_blocks=0), or restore a backup",
    });
  }
}
