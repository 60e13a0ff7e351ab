import type { Height, NodeId } from "@fb/types";
import type { Out } from "./out.ts";

/** Ticks between two hints to sync about the same peer. */
const RETRY_TICKS = 5;
/** Enough for every sealer of any group; a peer that is left out shows up again with its next message. */
const MAX_PEERS = 512;

/** Peers that showed us a height above ours; tells sync, now and then. */
export class Ahead {
  readonly #peers = new Map<NodeId, { height: Height; wait: number }>();

  /** `peer` works on `height`, which is above ours. One ahead is normal for a moment, so sync is told a bit later. */
  seen<P>(out: Out<P>, peer: NodeId, height: Height, ours: Height): void {
    const known = this.#peers.get(peer);
    if (known !== undefined) {
      known.height = Math.max(known.height, height);
      return;
    }
    if (this.#peers.size >= MAX_PEERS) return;
    const far = height > ours + 1;
    this.#peers.set(peer, { height, wait: RETRY_TICKS });
    if (far) out.add({ type: "behind", height: height - 1, from: peer });
  }

  tick<P>(out: Out<P>): void {
    for (const [peer, shown] of this.#peers) {
      shown.wait -= 1;
      if (shown.wait > 0) continue;
      shown.wait = RETRY_TICKS;
      out.add({ type: "behind", height: shown.height - 1, from: peer });
    }
  }

  knows(peer: NodeId): boolean {
    return this.#peers.has(peer);
  }

  reached(ours: Height): void {
    for (const [peer, { height }] of this.#peers) if (height <= ours) this.#peers.delete(peer);
  }
}
