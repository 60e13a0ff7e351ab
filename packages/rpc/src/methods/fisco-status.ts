import type {
  FiscoClientVersion,
  FiscoConsensusStatus,
  FiscoSealerView,
  FiscoSyncStatus,
  GroupInfo,
  GroupStatus,
  NodeInfo,
} from "@fb/api";
import type { NodeId } from "@fb/types";
import { RPC_CODES, RpcError } from "../errors.ts";
import { data, quantity } from "../format/hex.ts";
import { ZERO_HASH_HEX } from "../format/ids.ts";
import { groupMethod, type MethodPart, nodeMethod } from "./method.ts";

/** Members, engine and sync of a group, and the version of the node, under the method names of the 2.x line. */
export const fiscoStatusMethods = {
  getSealerList: groupMethod([], async ({ query }) => (await query.status()).members.sealers),
  getObserverList: groupMethod([], async ({ query }) => (await query.status()).members.observers),
  getGroupPeers: groupMethod([], async ({ query }) => {
    const { members } = await query.status();
    return [...members.sealers, ...members.observers];
  }),
  getNodeIDList: groupMethod([], async ({ query }) => {
    const { nodeId, connected } = await query.status();
    return [nodeId, ...connected];
  }),
  getPbftView: groupMethod([], async ({ info, query }) => {
    if (info.consensus !== "pbft") throw new RpcError(RPC_CODES.noView, "only PBFT has a view");
    return quantity((await query.status()).engine.round);
  }),
  getConsensusStatus: groupMethod([], async ({ info, query }) => {
    const status = await query.status();
    return [ownConsensus(info, status), status.members.sealers.map((sealer) => sealerView(sealer, status))];
  }),
  getSyncStatus: groupMethod([], async ({ info, query }) => syncStatus(info, await query.status())),
  getClientVersion: nodeMethod([], async ({ services }) =>
    clientVersion(services.clientVersion, await services.node.info()),
  ),
} satisfies MethodPart;

function clientVersion(version: string, { chainId }: NodeInfo): FiscoClientVersion {
  return { "Client Version": version, "Chain Id": String(chainId), "Supported Version": "2.11.0" };
}

function ownConsensus(
  info: GroupInfo,
  { nodeId, engine, head, members, connected, notReady }: GroupStatus,
): FiscoConsensusStatus {
  const count = members.sealers.length;
  const faulty = info.consensus === "pbft" ? Math.floor((count - 1) / 3) : Math.floor((count - 1) / 2);
  const sealers = Object.fromEntries(members.sealers.map((id, i) => [`sealer.${i}`, id]));
  return {
    consensusType: info.consensus,
    groupId: info.groupId,
    nodeId,
    node_index: members.sealers.indexOf(nodeId),
    nodeNum: count,
    max_faulty_leader: faulty,
    highestblockNumber: head.header.number,
    highestblockHash: data(head.hash),
    role: engine.role,
    leaderId: engine.leader,
    leaderIdx: engine.leader === null ? -1 : members.sealers.indexOf(engine.leader),
    haltedBy: engine.haltedBy,
    connectedNodes: connected.length,
    ready: notReady.length === 0,
    notReady,
    ...(info.consensus === "pbft" ? { currentView: engine.round } : { currentTerm: engine.round }),
    ...sealers,
  };
}

function sealerView(sealer: NodeId, { nodeId, engine, connected, sync, head }: GroupStatus): FiscoSealerView {
  if (sealer === nodeId) return { nodeId, view: engine.round, connected: true, blockNumber: head.header.number };
  return {
    nodeId: sealer,
    view: engine.heard.find((one) => one.nodeId === sealer)?.round ?? null,
    connected: connected.includes(sealer),
    blockNumber: sync.peers.find((peer) => peer.nodeId === sealer)?.height ?? null,
  };
}

function syncStatus(info: GroupInfo, { nodeId, head, sync, pool, kept }: GroupStatus): FiscoSyncStatus {
  return {
    isSyncing: sync.syncing,
    genesisHash: data(info.genesisHash),
    nodeId,
    blockNumber: head.header.number,
    latestHash: data(head.hash),
    knownHighestNumber: sync.knownHighest,
    knownLatestHash: sync.knownHighestHash.length === 0 ? ZERO_HASH_HEX : data(sync.knownHighestHash),
    lowestBlock: kept.blocks,
    lowestState: kept.states,
    txPoolSize: String(pool.pending + pool.queued),
    peers: sync.peers.map((peer) => ({
      nodeId: peer.nodeId,
      genesisHash: data(info.genesisHash),
      blockNumber: peer.height,
      latestHash: data(peer.hash),
      lowestBlock: peer.lowest,
    })),
  };
}
