import type { Clock } from "@fb/runtime";
import {
  type Block,
  type BlockHeader,
  type CommitCertificate,
  fromHex,
  type Height,
  type Hex,
  isCode,
  toHex,
} from "@fb/types";
import type { ExecOutcome, Proposal } from "./core/machine.ts";
import { consensusError } from "./errors.ts";
import type { ConsensusMetrics } from "./metrics.ts";
import type { ExecutionPort } from "./ports.ts";

export interface ExecuteEffect {
  readonly key: Hex;
  readonly proposal: Proposal<Block>;
  readonly fresh: boolean;
}

export interface ExecutorDeps {
  readonly execution: ExecutionPort;
  readonly clock: Clock;
  readonly metrics: ConsensusMetrics;
  /** Header of the newest head. */
  readonly head: () => BlockHeader;
  readonly executed: (key: Hex, outcome: ExecOutcome<Block>) => void;
  readonly stored: (height: Height) => void;
  readonly failed: (error: unknown) => void;
}

/** Runs `execute` and `commit` effects in the background, one at a time and in order. */
export class Executor {
  readonly #maxAheadMs: number;
  readonly #deps: ExecutorDeps;
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(maxAheadMs: number, deps: ExecutorDeps) {
    this.#maxAheadMs = maxAheadMs;
    this.#deps = deps;
  }

  execute(effect: ExecuteEffect): void {
    this.#enqueue("EXECUTION_FAILED", async () => {
      const { metrics, clock } = this.#deps;
      // The machine forgets the keys of a height that is over.
      if (effect.proposal.height !== this.#deps.head().number + 1) return;
      const start = clock.monotonic();
      const outcome = await this.#execute(effect);
      metrics.execution.observe(clock.monotonic() - start);
      if (!this.#closed) this.#deps.executed(effect.key, outcome);
    });
  }

  commit(height: Height, hash: Hex, certificate: CommitCertificate): void {
    this.#enqueue("COMMIT_FAILED", async () => {
      await this.#deps.execution.commit(fromHex(hash)!, certificate);
      if (!this.#closed) this.#deps.stored(height);
    });
  }

  /** Resolves when the job that runs now has ended; the others never start. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
  }

  #enqueue(code: "EXECUTION_FAILED" | "COMMIT_FAILED", job: () => Promise<void>): void {
    this.#last = this.#last.then(async () => {
      if (this.#closed) return;
      try {
        await job();
      } catch (error) {
        const known = isCode(error, "INVARIANT_BROKEN");
        this.#deps.failed(known ? error : consensusError(code, "a block could not be processed", {}, error));
      }
    });
  }

  async #execute({ proposal, fresh }: ExecuteEffect): Promise<ExecOutcome<Block>> {
    const { block } = proposal;
    if (fresh && block.header.timestamp > this.#latest()) return { ok: false, code: "TIME_TOO_FAR_AHEAD" };
    const result = await this.#deps.execution.execute(block);
    if (!result.ok) return result;
    const sealed = { header: result.header, transactions: block.transactions };
    return { ok: true, executed: { hash: toHex(result.hash), proposal, sealed } };
  }

  /** SPEC 2.5: the latest time of a fresh block. One past its parent always does: nothing earlier is possible. */
  #latest(): number {
    const { clock, head } = this.#deps;
    return Math.max(clock.now() + this.#maxAheadMs, head().timestamp + 1);
  }
}
