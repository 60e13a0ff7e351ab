import type { NodeId, Signature } from "@fb/types";

export interface Flight<M> {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly msg: M;
  readonly signatures: readonly Signature[];
  /** The runs of both nodes between which it was sent; missing when somebody invented it. */
  readonly ends?: readonly [from: unknown, to: unknown];
}

const MAX_SEEN = 400;
const MAX_SENT = 200;

/** Messages on their way between nodes, and who cannot talk to whom. Nothing arrives unless a command says so. */
export class Network<M> {
  inFlight: Flight<M>[] = [];
  /** Pairs that cannot talk, as "a b" both ways. */
  readonly cut = new Set<string>();
  /** What Byzantine nodes have received. */
  seen: Flight<M>[] = [];
  /** The last messages that anybody sent; somebody who was not asked may say them again. */
  sent: Flight<M>[] = [];
  readonly #arrived = new WeakSet<Flight<M>>();

  send(flight: Flight<M>): void {
    this.inFlight.push(flight);
    this.sent.push(flight);
    if (this.sent.length > MAX_SENT) this.sent = this.sent.slice(MAX_SENT / 2);
  }

  /** A Byzantine node keeps what it receives, to make something of it. */
  see(flight: Flight<M>): void {
    this.seen.push(flight);
    if (this.seen.length > MAX_SEEN) this.seen = this.seen.slice(MAX_SEEN / 2);
  }

  canTalk(a: NodeId, b: NodeId): boolean {
    return !this.cut.has(`${a} ${b}`);
  }

  /** Whether it comes twice, or over another connection than the one it was sent on: `ends` are the runs of now. */
  isOfOldConnection(flight: Flight<M>, ends: readonly [from: unknown, to: unknown]): boolean {
    if (flight.ends === undefined) return false;
    const again = this.#arrived.has(flight);
    this.#arrived.add(flight);
    return again || flight.ends[0] !== ends[0] || flight.ends[1] !== ends[1];
  }
}
