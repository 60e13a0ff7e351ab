import type { GroupChannel, NodeId } from "@fb/types";

/** The channel of a group that has no other member. */
export function loneChannel(self: NodeId): GroupChannel {
  return {
    self,
    maxPayloadBytes: 16 * 1024 * 1024,
    peers: () => [],
    send: () => "dropped",
    broadcast: () => 0,
    onMessage: () => () => {},
    onPeer: () => () => {},
    report() {},
    setMembers() {},
    close: async () => {},
  };
}
