import type { FiscoNode, NodePeer } from "@fb/api";
import { fiscoNode } from "../format/fisco.ts";
import { groupMethod, type MethodPart, nodeMethod } from "./method.ts";

/** The node, its peers and its groups under the method names of the 2.x line. */
export const fiscoNodeMethods = {
  getPeers: groupMethod([], async ({ services }) => (await services.node.info()).peers.map(peerNode)),
  getGroupList: nodeMethod([], ({ services }) => services.directory.list().map(({ info }) => info.groupId)),
  getNodeInfo: nodeMethod([], async ({ services }) => {
    const node = await services.node.info();
    return fiscoNode({ ...node, address: node.p2pAddress });
  }),
} satisfies MethodPart;

function peerNode(peer: NodePeer): FiscoNode {
  return fiscoNode({ nodeId: peer.nodeId, name: peer.nodeId.slice(0, 8), agency: peer.agency, address: peer.address });
}
