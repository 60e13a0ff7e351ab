import type { PendingRequestsOptions } from "./options.ts";

/** Ids are below this: they fit into six bytes, and nobody guesses one. */
const ID_BOUND = 2 ** 48 - 1;

/**
 * What peers were asked and have not answered. An answer counts once, and only from the peer that was asked, over the
 * connection on which it was asked: `take` is called with nothing but the id of an answer, before the rest is parsed.
 * Overdue requests stay, so that a late answer is not taken for one that nobody asked for; time-outs are the owner's.
 */
export class PendingRequests<T> {
  readonly #options: PendingRequestsOptions;
  readonly #byPeer = new Map<string, Map<number, T>>();

  constructor(options: PendingRequestsOptions) {
    this.#options = options;
  }

  /** Remembers a request to a connected peer; returns the id to send with it. */
  open(peer: string, request: T): number {
    let requests = this.#byPeer.get(peer);
    if (requests === undefined) this.#byPeer.set(peer, (requests = new Map()));
    let id = this.#options.rng.below(ID_BOUND);
    while (requests.has(id)) id = this.#options.rng.below(ID_BOUND);
    requests.set(id, request);
    if (requests.size > this.#options.maxPerPeer) requests.delete(requests.keys().next().value!);
    return id;
  }

  /** The request that an answer of `peer` belongs to, which is settled by that; null when the peer was not asked. */
  take(peer: string, id: number): T | null {
    const requests = this.#byPeer.get(peer);
    const request = requests?.get(id);
    if (requests === undefined || request === undefined) return null;
    requests.delete(id);
    if (requests.size === 0) this.#byPeer.delete(peer);
    return request;
  }

  /** The connection to `peer` ended: its requests are forgotten and returned; a new connection cannot answer them. */
  gone(peer: string): readonly T[] {
    const requests = this.#byPeer.get(peer);
    this.#byPeer.delete(peer);
    return requests === undefined ? [] : [...requests.values()];
  }
}
