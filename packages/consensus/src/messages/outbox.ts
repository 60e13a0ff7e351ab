import type { GroupChannel, NodeId } from "@fb/types";
import type { Send, Signatures } from "../core/machine.ts";
import type { EngineCodec } from "../engine-protocol.ts";
import type { ConsensusMetrics } from "../metrics.ts";
import type { SignerPort } from "../ports.ts";

export interface OutboxDeps<M extends H, R, H> {
  readonly codec: EngineCodec<M, R, H>;
  readonly channel: Pick<GroupChannel, "send">;
  readonly signer: SignerPort;
  readonly metrics: ConsensusMetrics;
}

/** Signs, encodes once and queues for every receiver; returns our signatures. */
export class Outbox<M extends H, R, H> {
  readonly #deps: OutboxDeps<M, R, H>;

  constructor(deps: OutboxDeps<M, R, H>) {
    this.#deps = deps;
  }

  /** @param sealers of the height being decided, us included. */
  send({ to, msg }: Send<M>, sealers: readonly NodeId[]): Signatures {
    const { codec, channel, signer, metrics } = this.#deps;
    const signatures = codec.digests(msg).map((digest) => signer.sign(digest));
    const receivers = to === "sealers" ? sealers.filter((node) => node !== signer.self) : [to];
    const payload = receivers.length === 0 ? null : codec.encodeMessage({ msg, signatures });
    for (const node of receivers) {
      const queued = channel.send(node, "consensus", payload!) === "queued";
      (queued ? metrics.sent : metrics.unsent).inc();
    }
    return signatures;
  }
}
