import type { Height, NodeId } from "@fb/types";
import type { Out } from "./out.ts";

/** Ticks between two hints to sync about the same peer. */
const RETRY_TICKS = 5;
/** Hints after which a head is forgotten that sync could not find, until the peer claims it again. */
const MAX_HINTS = 12;
/** Enough for every sealer of any group; a peer that is left out shows up again with its next message. */
const MAX_PEERS = 512;

/** Peers whose head is above ours, as they claim: a reason to tell sync, now and then, and for nothing else (SPEC 6.3). */
export class Ahead {
  readonly #peers = new Map<NodeId, { height: Height; wait: number; hints: number }>();

  /** `peer` has the block at `height`, which is above our head. One ahead is normal for a moment, so sync waits a bit. */
  seen<P>(out: Out<P>, peer: NodeId, height: Height, head: Height): void {
    const known = this.#peers.get(peer);
    const far = height > head + 1;
    if (known === undefined && this.#peers.size >= MAX_PEERS) return;
    if (far && (known === undefined || known.height <= head + 1)) out.add({ type: "behind", height, from: peer });
    if (known === undefined) this.#peers.set(peer, { height, wait: RETRY_TICKS, hints: 0 });
    else known.height = height;
  }

  tick<P>(out: Out<P>): void {
    for (const [peer, state] of this.#peers) {
      state.wait -= 1;
      if (state.wait > 0) continue;
      state.wait = RETRY_TICKS;
      state.hints += 1;
      if (state.hints === MAX_HINTS) this.#peers.delete(peer);
      out.add({ type: "behind", height: state.height, from: peer });
    }
  }

  reached(head: Height): void {
    for (const [peer, { height }] of this.#peers) if (height <= head) this.#peers.delete(peer);
  }
}
