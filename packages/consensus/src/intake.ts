import type { CryptoSuite, GroupChannel, NodeId } from "@fb/types";
import type { EngineCodec, SignedMessage } from "./codec.ts";
import type { ConsensusMetrics } from "./metrics.ts";
import { verifyAll } from "./signer.ts";

/** Inputs of one peer that may wait; more are dropped, and the peer repeats what mattered. */
const MAX_WAITING_PER_PEER = 512;

export interface IntakeDeps<M, R> {
  readonly channel: GroupChannel;
  readonly codec: EngineCodec<M, R>;
  readonly suite: CryptoSuite;
  readonly metrics: ConsensusMetrics;
  readonly accept: (from: NodeId, message: SignedMessage<M>) => void;
}

/** Turns a peer's bytes into checked messages: decoded, signed by the very peer they came from, bounded per peer. */
export class Intake<M, R> {
  readonly #deps: IntakeDeps<M, R>;
  readonly #waiting = new Map<NodeId, number>();

  constructor(deps: IntakeDeps<M, R>) {
    this.#deps = deps;
  }

  receive(from: NodeId, payload: Uint8Array): void {
    const { channel, codec, suite, metrics } = this.#deps;
    const waiting = this.#waiting.get(from) ?? 0;
    if (waiting >= MAX_WAITING_PER_PEER) {
      metrics.dropped.inc({ reason: "queue" });
      return;
    }
    const message = codec.decodeMessage(payload);
    if (message === null) {
      metrics.dropped.inc({ reason: "malformed" });
      channel.report(from, "penalise", "MALFORMED");
      return;
    }
    if (!verifyAll(suite, from, codec.digests(message.msg), message.signatures, metrics.signatureChecks)) {
      metrics.dropped.inc({ reason: "signature" });
      channel.report(from, "penalise", "BAD_SIGNATURE");
      return;
    }
    this.#waiting.set(from, waiting + 1);
    metrics.received.inc();
    this.#deps.accept(from, message);
  }

  /** A message of `from` left the inbox. */
  taken(from: NodeId): void {
    const waiting = this.#waiting.get(from) ?? 0;
    if (waiting <= 1) this.#waiting.delete(from);
    else this.#waiting.set(from, waiting - 1);
  }
}
