import { type Clock, createTokenBucket, type TokenBucket } from "@fb/runtime";
import type { NodeId } from "@fb/types";

/**
 * What a peer may cost (SPEC 2.8): a start, what comes back each second, and what every new head adds. A correct sealer
 * stays far below: it sends a few messages per height and view and repeats them every few seconds.
 */
const BUDGETS = {
  /** Signature checks. A head's worth is added per sealer too, for the certificates. */
  signatures: { burst: 1000, perSecond: 100, perHead: 16 },
  /** Bytes of messages that hold a block, in longest payloads. */
  payloads: { burst: 4, perSecond: 0.1, perHead: 2 },
  /** Messages that promise or tell nothing: questions, votes that others were faster with, all of a peer ahead of us. */
  useless: { burst: 5000, perSecond: 1000, perHead: 16 },
} as const;
/** Signatures of certificates, by sealer: one in a start, and a few at each height. */
const PER_SEALER = 4;
interface PeerBudget {
  readonly signatures: TokenBucket;
  readonly bytes: TokenBucket;
  readonly useless: TokenBucket;
}

/**
 * Counts what each peer costs us, by node id, so that a new connection is no new budget. Not one budget by cost, as for
 * what sync takes in: what a correct sealer has to say grows with heads and not with time, votes must not run short for
 * what clients made it send, and a flood of small messages must not use up the signatures of its votes.
 */
export class PeerBudgets {
  readonly #clock: Clock;
  readonly #maxPayloadBytes: number;
  readonly #peers = new Map<NodeId, PeerBudget>();
  #sealers = 0;

  constructor(clock: Clock, maxPayloadBytes: number) {
    this.#clock = clock;
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  /** Takes what reading and checking a message costs; false when the peer has used up its budget. */
  spend(peer: NodeId, signatures: number, bytes: number): boolean {
    const budget = this.#of(peer);
    const now = this.#clock.monotonic();
    if (budget.signatures.take(0, now) > 0 || budget.bytes.take(0, now) > 0) return false;
    budget.signatures.take(signatures, now);
    budget.bytes.take(bytes, now);
    return true;
  }

  /** A message of this peer told us nothing. */
  wasted(peer: NodeId): void {
    this.#of(peer).useless.take(1, this.#clock.monotonic());
  }

  /** Whether this peer floods us: nothing of it is read until it has paused. */
  floods(peer: NodeId): boolean {
    const budget = this.#peers.get(peer);
    return budget !== undefined && budget.useless.take(0, this.#clock.monotonic()) > 0;
  }

  /** A new head: everybody had something to say about it. Forgets who is no member. */
  newHead(sealers: number, members: ReadonlySet<NodeId>): void {
    this.#sealers = sealers;
    for (const [peer, budget] of this.#peers) {
      if (!members.has(peer)) {
        this.#peers.delete(peer);
        continue;
      }
      budget.signatures.give(BUDGETS.signatures.perHead + PER_SEALER * sealers);
      budget.bytes.give(BUDGETS.payloads.perHead * this.#maxPayloadBytes);
      budget.useless.give(BUDGETS.useless.perHead);
    }
  }

  #of(peer: NodeId): PeerBudget {
    const known = this.#peers.get(peer);
    if (known !== undefined) return known;
    const now = this.#clock.monotonic();
    const { signatures, payloads, useless } = BUDGETS;
    const bytes = this.#maxPayloadBytes;
    const budget: PeerBudget = {
      signatures: createTokenBucket(signatures.burst + PER_SEALER * this.#sealers, signatures.perSecond, now),
      bytes: createTokenBucket(payloads.burst * bytes, payloads.perSecond * bytes, now),
      useless: createTokenBucket(useless.burst, useless.perSecond, now),
    };
    this.#peers.set(peer, budget);
    return budget;
  }
}
