import type { NodeId, Signature } from "@fb/types";
import type { PbftHeading, PrepareMsg, ViewChangeMsg, VoteMsg } from "./messages.ts";

/** A correct peer one height ahead has sent at most a few messages of its first views there. */
const MAX_MESSAGES_PER_PEER = 8;
const MAX_PEERS = 256;
/** Only the newest block of a peer is kept, so memory is at most one block each. */

export interface FutureMessage<P> {
  readonly from: NodeId;
  readonly msg: PrepareMsg<P> | VoteMsg<P> | ViewChangeMsg<P>;
  readonly signatures: readonly Signature[];
}

/** Messages of the very next height (SPEC 7.4). Bounded per peer; when full, what comes later is dropped. */
export class FutureBuffer<P> {
  readonly #byPeer = new Map<NodeId, FutureMessage<P>[]>();

  /** Whether there is room for such a message, and none of its kind and view from this peer. */
  wants(from: NodeId, heading: Extract<PbftHeading, { readonly view: number }>): boolean {
    const list = this.#byPeer.get(from);
    if (list === undefined) return this.#byPeer.size < MAX_PEERS;
    if (list.some(({ msg }) => msg.type === heading.type && msg.view === heading.view)) return false;
    return list.length < MAX_MESSAGES_PER_PEER || (heading.type === "prepare" && list.some(isPrepare));
  }

  /** The caller has asked `wants`. A Prepare takes the place of an earlier one. */
  add(message: FutureMessage<P>): void {
    const list = this.#byPeer.get(message.from) ?? [];
    const kept = isPrepare(message) ? list.filter((other) => !isPrepare(other)) : list;
    this.#byPeer.set(message.from, [...kept, message]);
  }

  /** Empties the buffer. */
  take(): FutureMessage<P>[] {
    const all = [...this.#byPeer.values()].flat();
    this.#byPeer.clear();
    return all;
  }
}

function isPrepare<P>({ msg }: FutureMessage<P>): boolean {
  return msg.type === "prepare";
}
