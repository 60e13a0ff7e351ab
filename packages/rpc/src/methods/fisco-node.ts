import type { NodePeer } from "@fb/api";
import { fiscoNode } from "../format/fisco.ts";
import { groupMethod, type MethodTable, nodeMethod } from "../method.ts";

/** The node, its peers and its groups under the method names of the 2.x line. */
export const fiscoNodeMethods: MethodTable = {
  getPeers: groupMethod([], async ({ services }) => (await services.directory.node()).peers.map(peerNode)),
  getGroupList: nodeMethod([], ({ services }) => services.directory.list().map(({ info }) => info.groupId)),
  getNodeInfo: nodeMethod([], async ({ services }) => {
    const node = await services.directory.node();
    return fiscoNode({ ...node, address: node.p2pAddress });
  }),
};

function peerNode(peer: NodePeer) {
  return fiscoNode({ nodeId: peer.nodeId, name: peer.nodeId.slice(0, 8), agency: peer.agency, address: peer.address });
}
