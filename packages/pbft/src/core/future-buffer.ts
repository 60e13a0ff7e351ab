import type { NodeId, Signature } from "@fb/types";
import type { PbftMsg } from "./messages.ts";

/** A correct peer one height ahead has sent at most a few messages of its first views there. */
const MAX_MESSAGES_PER_PEER = 8;
const MAX_PEERS = 256;
/** Only the newest block of a peer is kept, so memory is at most one block each. */

export interface FutureMessage<P> {
  readonly from: NodeId;
  readonly msg: PbftMsg<P>;
  readonly signatures: readonly Signature[];
}

/** Messages of the very next height (SPEC 7.4). Bounded per peer; when full, what comes later is dropped. */
export class FutureBuffer<P> {
  readonly #byPeer = new Map<NodeId, FutureMessage<P>[]>();

  /** False when it was dropped. */
  add(message: FutureMessage<P>): boolean {
    let list = this.#byPeer.get(message.from);
    if (list === undefined) {
      if (this.#byPeer.size >= MAX_PEERS) return false;
      this.#byPeer.set(message.from, (list = []));
    }
    if (message.msg.m === "prepare") {
      const older = list.findIndex(({ msg }) => msg.m === "prepare");
      if (older >= 0) list.splice(older, 1);
    }
    if (list.length >= MAX_MESSAGES_PER_PEER) return false;
    list.push(message);
    return true;
  }

  /** Empties the buffer. */
  take(): FutureMessage<P>[] {
    const all = [...this.#byPeer.values()].flat();
    this.#byPeer.clear();
    return all;
  }
}
