import type { Hex, NodeId } from "@fb/types";

/** Of one peer; a correct one answers long before so many wait. */
const MAX_OPEN_PER_PEER = 16;

/**
 * Bodies that peers were asked for (SPEC 7.1): an answer counts once, from the peer that was asked, on the connection it
 * was asked on. A request outlives its height, because an answer that comes late is still one.
 */
export class Requests {
  readonly #open = new Map<NodeId, Hex[]>();

  asked(peer: NodeId, hash: Hex): void {
    const open = this.#open.get(peer) ?? [];
    this.#open.set(peer, [...open, hash].slice(-MAX_OPEN_PER_PEER));
  }

  expects(peer: NodeId, hash: Hex): boolean {
    return this.#open.get(peer)?.includes(hash) ?? false;
  }

  answered(peer: NodeId, hash: Hex): void {
    const open = this.#open.get(peer) ?? [];
    const at = open.indexOf(hash);
    const left = open.filter((_, i) => i !== at);
    if (left.length === 0) this.#open.delete(peer);
    else this.#open.set(peer, left);
  }

  disconnected(peer: NodeId): void {
    this.#open.delete(peer);
  }
}
