import {
  type Clock,
  createQuotaLogger,
  createThrottle,
  type Logger,
  type MetricsRegister,
  type QuotaLogger,
  type Throttle,
} from "@fb/runtime";
import type { CryptoSuite, GroupChannel, NodeId } from "@fb/types";
import type { Screened } from "../core/machine.ts";
import { peerActionOf, type RejectCode } from "../core/reject-code.ts";
import type { EngineCodec, SignedMessage } from "../engine-protocol.ts";
import type { ConsensusMetrics } from "../metrics.ts";
import type { NewHead } from "../ports.ts";
import { PeerBudgets } from "./peer-budgets.ts";
import { verifyAll } from "./signer.ts";

/** Messages of one peer that may wait; more are dropped, and the peer repeats what mattered. */
const MAX_WAITING_PER_PEER = 512;
/** The same in longest payloads. */
const MAX_WAITING_PAYLOADS = 2;
/** A peer that floods is reported once in this time, however much it sends. ms. */
const REPORT_EVERY_MS = 1000;
/** More than a group has members. */
const MAX_PARTIES = 1_024;
/** Log lines in a minute that one peer, and all of them, can provoke. */
const LINES = { perSource: 1, total: 60 } as const;

export interface IntakeDeps<M extends H, R, H> {
  readonly channel: Pick<GroupChannel, "maxPayloadBytes" | "report">;
  readonly codec: EngineCodec<M, R, H>;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly log: Logger;
  readonly register: MetricsRegister;
  readonly metrics: ConsensusMetrics;
}

/** The part of a machine that is asked before a message is read. */
interface Screener<H> {
  screen(from: NodeId, heading: H): Screened;
}

interface Waiting {
  messages: number;
  bytes: number;
}

/**
 * Turns a peer's bytes into checked messages, cheapest check first (SPEC 2.2): room in the queue, flood, envelope, what
 * the machine says of its heading, the peer's budget, the block in it, and last the signatures.
 */
export class Intake<M extends H, R, H> {
  readonly #deps: IntakeDeps<M, R, H>;
  readonly #budgets: PeerBudgets;
  readonly #reports: Throttle<NodeId>;
  readonly #provoked: QuotaLogger;
  readonly #waiting = new Map<NodeId, Waiting>();

  constructor(deps: IntakeDeps<M, R, H>) {
    this.#deps = deps;
    this.#budgets = new PeerBudgets(deps.clock, deps.channel.maxPayloadBytes);
    this.#reports = createThrottle(REPORT_EVERY_MS, MAX_PARTIES, deps.clock);
    const { log, clock, register } = deps;
    const source = ({ peer }: { readonly peer?: unknown }) => String(peer);
    this.#provoked = createQuotaLogger(log, { ...LINES, source }, { clock, metrics: register });
  }

  /** Whether the inbox takes these bytes; then `open` must follow. */
  admit(from: NodeId, payload: Uint8Array): boolean {
    if (this.#budgets.floods(from)) return this.#flooded(from);
    let waiting = this.#waiting.get(from);
    if (waiting === undefined) this.#waiting.set(from, (waiting = { messages: 0, bytes: 0 }));
    const limit = MAX_WAITING_PAYLOADS * this.#deps.channel.maxPayloadBytes;
    if (waiting.messages >= MAX_WAITING_PER_PEER || waiting.bytes + payload.length > limit) {
      this.#drop(from, "queue");
      return false;
    }
    waiting.messages += 1;
    waiting.bytes += payload.length;
    return true;
  }

  /** Bytes that left the inbox, as a message whose signatures are `from`'s; null when they end here. */
  open(from: NodeId, payload: Uint8Array, screener: Screener<H>): SignedMessage<M> | null {
    this.#taken(from, payload);
    const { codec, suite, metrics } = this.#deps;
    const opened = codec.openMessage(payload);
    if (opened === null) return this.#faulty(from, "MALFORMED");
    const screened = screener.screen(from, opened.heading);
    if (!screened.take) {
      if (screened.code === null) return this.#drop(from, "known");
      this.rejected(from, screened.code);
      return null;
    }
    if (!this.#budgets.spend(from, opened.signatureCount, payload.length)) return this.#drop(from, "budget");
    // A question or hint promises nothing, so nothing but its number limits it.
    if (opened.signatureCount === 0) this.#budgets.wasted(from);
    const message = opened.read();
    if (message === null) return this.#faulty(from, "MALFORMED");
    const { msg, signatures } = message;
    if (!verifyAll(suite, from, codec.digests(msg), signatures, metrics.signatureChecks)) {
      return this.#faulty(from, "BAD_SIGNATURE");
    }
    metrics.received.inc();
    return message;
  }

  /** The machine refused a message. */
  rejected(from: NodeId, code: RejectCode): void {
    this.#deps.metrics.rejected.inc({ code });
    this.#budgets.wasted(from);
    const action = peerActionOf(code);
    if (action !== "ignore") this.#deps.channel.report(from, action, code);
  }

  newHead({ members }: Pick<NewHead, "members">): void {
    const { sealers, observers } = members;
    this.#budgets.newHead(sealers.length, new Set([...sealers, ...observers]));
  }

  /** Writes down what was withheld from the log. */
  close(): void {
    this.#provoked.close();
  }

  #taken(from: NodeId, payload: Uint8Array): void {
    const waiting = this.#waiting.get(from)!;
    waiting.messages -= 1;
    waiting.bytes -= payload.length;
    if (waiting.messages === 0) this.#waiting.delete(from);
  }

  #flooded(from: NodeId): false {
    const { metrics, channel } = this.#deps;
    metrics.dropped.inc({ reason: "flood" });
    if (this.#reports.passes(from)) {
      channel.report(from, "penalise", "FLOOD");
      this.#provoked.warn("peer-floods", { peer: from });
    }
    return false;
  }

  #faulty(from: NodeId, code: "MALFORMED" | "BAD_SIGNATURE"): null {
    this.#deps.channel.report(from, "penalise", code);
    return this.#drop(from, code === "MALFORMED" ? "malformed" : "signature");
  }

  #drop(from: NodeId, reason: "queue" | "known" | "budget" | "malformed" | "signature"): null {
    this.#deps.metrics.dropped.inc({ reason });
    this.#budgets.wasted(from);
    return null;
  }
}
