import type { ModuleName, NodeId } from "@fb/types";

/** What a queued message takes beyond its bytes, so that empty messages are bounded too. */
const MESSAGE_OVERHEAD_BYTES = 64;

/**
 * What may wait to be sent to all members of a group, in longest payloads. Half of it is what one of them can use, which
 * is more than a whole payload, so that there is room for short ones beside a long one.
 */
const ROOM_PAYLOADS: Readonly<Record<ModuleName, number>> = { consensus: 3, sync: 3, txs: 2.5 };

/** Room for what waits to be sent in one module of a group (SPEC 6.4). */
export interface SendRoom {
  /** False = no room: the message has to be dropped. */
  take(peer: NodeId, payload: Uint8Array): boolean;
  giveBack(peer: NodeId, payload: Uint8Array): void;
}

export type SendRooms = Readonly<Record<ModuleName, SendRoom>>;

export function createSendRooms(maxPayloadBytes: number): SendRooms {
  const roomOf = (module: ModuleName) => createSendRoom(Math.floor(ROOM_PAYLOADS[module] * maxPayloadBytes));
  return { consensus: roomOf("consensus"), sync: roomOf("sync"), txs: roomOf("txs") };
}

/**
 * A member may have as much as is still free: one that reads slowly is left with half of the room, two with a third
 * each, and there is always room for another. A payload that waits for many members is held, and counted, once.
 */
export function createSendRoom(totalBytes: number): SendRoom {
  /** For how many members each payload waits. */
  const waiting = new Map<Uint8Array, number>();
  const ofPeer = new Map<NodeId, number>();
  let held = 0;

  const costOf = (payload: Uint8Array) => payload.length + MESSAGE_OVERHEAD_BYTES;

  return {
    take(peer, payload) {
      const own = (ofPeer.get(peer) ?? 0) + costOf(payload);
      if (own > totalBytes - held) return false;
      const members = waiting.get(payload) ?? 0;
      waiting.set(payload, members + 1);
      ofPeer.set(peer, own);
      held += members === 0 ? costOf(payload) : MESSAGE_OVERHEAD_BYTES;
      return true;
    },
    giveBack(peer, payload) {
      const own = ofPeer.get(peer)! - costOf(payload);
      if (own > 0) ofPeer.set(peer, own);
      else ofPeer.delete(peer);
      const members = waiting.get(payload)! - 1;
      if (members > 0) waiting.set(payload, members);
      else waiting.delete(payload);
      held -= members === 0 ? costOf(payload) : MESSAGE_OVERHEAD_BYTES;
    },
  };
}
