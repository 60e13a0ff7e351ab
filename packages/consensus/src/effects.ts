import type { Logger } from "@fb/runtime";
import { type Block, InvariantError, isCode, type NodeId } from "@fb/types";
import type { CoreEffect, Signatures } from "./core/machine.ts";
import type { RejectCode } from "./core/reject-code.ts";
import { consensusError } from "./errors.ts";
import type { Executor } from "./executor.ts";
import type { PersistEffect, Persister } from "./journal/persister.ts";
import type { Intake } from "./messages/intake.ts";
import type { Outbox } from "./messages/outbox.ts";
import type { ConsensusMetrics } from "./metrics.ts";
import type { SyncPort } from "./ports.ts";
import type { Sealer } from "./sealing/sealer.ts";

export interface EffectsDeps<M extends H, R, H> {
  readonly persister: Persister<M, R>;
  readonly outbox: Outbox<M, R, H>;
  readonly executor: Executor;
  readonly sealer: Sealer;
  readonly intake: Intake<M, R, H>;
  readonly sync: SyncPort;
  readonly log: Logger;
  readonly metrics: ConsensusMetrics;
  /** Of the height the machine works on. */
  readonly sealers: () => readonly NodeId[];
  readonly halt: (error: unknown) => void;
}

/** What the effects of a machine do outside of it, each handed to the part that owns it (SPEC 2.3, 2.4). */
export class Effects<M extends H, R, H> {
  readonly #deps: EffectsDeps<M, R, H>;

  constructor(deps: EffectsDeps<M, R, H>) {
    this.#deps = deps;
  }

  perform(effect: CoreEffect<M, R, Block>): void {
    const { persister, outbox, executor, sealer, sync, log, metrics, sealers, halt } = this.#deps;
    switch (effect.type) {
      case "persist":
        persister.add(effect);
        break;
      case "send":
        outbox.send(effect, sealers());
        break;
      case "execute":
        executor.execute(effect);
        break;
      case "commit":
        metrics.decided.inc();
        executor.commit(effect.height, effect.hash, effect.certificate);
        break;
      case "seal":
        sealer.request(effect);
        break;
      case "behind":
        sync.behind(effect.height, effect.from);
        break;
      case "reject":
        this.#rejected(effect.from, effect.code);
        break;
      case "note":
        if (effect.note.event === "round-failed") sealer.roundFailed();
        log[effect.note.level](effect.note.event, effect.note.fields);
        break;
      case "halt": {
        const { height, ours, theirs } = effect;
        halt(consensusError("DIVERGED", `a quorum signed another block at ${height}`, { height, ours, theirs }));
        break;
      }
      default:
        effect satisfies never;
    }
  }

  /** A record is durable: signs and sends what it lets go. Null when that failed. */
  release({ thenSend }: PersistEffect<M, R>): readonly Signatures[] | null {
    const { outbox, sealers, halt } = this.#deps;
    try {
      return thenSend.map((send) => outbox.send(send, sealers()));
    } catch (error) {
      halt(isCode(error, "INVARIANT_BROKEN") ? error : new InvariantError(`cannot sign or send: ${error}`));
      return null;
    }
  }

  #rejected(from: NodeId, code: RejectCode): void {
    const { intake, log } = this.#deps;
    intake.rejected(from, code);
    log.debug("message-rejected", { from: from.slice(0, 8), code });
  }
}
