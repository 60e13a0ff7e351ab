import type { NodeId } from "@fb/types";
import { LIMITS } from "../limits.ts";
import type { PeerConnection } from "./peer-connection.ts";

/** The admitted peers, one connection each. */
export interface PeerTable {
  get(node: NodeId): PeerConnection | undefined;
  all(): readonly PeerConnection[];
  readonly size: number;
  /** Takes a new connection; the connection that loses against another one of the same peer is returned to be closed. */
  add(connection: PeerConnection): PeerConnection | null;
  /** False when the connection was not the current one of its peer. */
  remove(connection: PeerConnection): boolean;
}

export function createPeerTable(self: NodeId): PeerTable {
  const peers = new Map<NodeId, PeerConnection>();
  const initiator = (connection: PeerConnection) => (connection.direction === "outbound" ? self : connection.nodeId);

  /**
   * Both sides must choose alike. A node that has a good connection does not dial, so a later connection means that
   * the earlier one is lost; only when both nodes dialed at the same moment, the smaller node's connection stays.
   */
  const better = (old: PeerConnection, fresh: PeerConnection): PeerConnection => {
    const isSimultaneous = fresh.openedAtMs - old.openedAtMs < LIMITS.simultaneousMs;
    if (!old.isOpen || !isSimultaneous || initiator(old) === initiator(fresh)) return fresh;
    return initiator(old) < initiator(fresh) ? old : fresh;
  };

  return {
    get: (node) => peers.get(node),
    all: () => [...peers.values()],
    get size() {
      return peers.size;
    },
    add(connection) {
      const old = peers.get(connection.nodeId);
      const winner = old === undefined ? connection : better(old, connection);
      peers.set(connection.nodeId, winner);
      if (old === undefined) return null;
      return winner === connection ? old : connection;
    },
    remove(connection) {
      if (peers.get(connection.nodeId) !== connection) return false;
      peers.delete(connection.nodeId);
      return true;
    },
  };
}
