import type { CommandSpec } from "../command.ts";
import { fields, list, rows, short, value } from "../view.ts";

export const statusCommands: readonly CommandSpec[] = [
  {
    name: "status",
    section: "Status",
    summary: "head, consensus, members, peers and pool of the group at a glance",
    async run(session) {
      const client = session.client();
      const [consensus, sync, sealers, observers, pending, totals] = await Promise.all([
        client.getConsensusStatus(),
        client.getSyncStatus(),
        client.getSealerList(),
        client.getObserverList(),
        client.getPendingTxSize(),
        client.getTotalTransactionCount(),
      ]);
      const json = {
        group: session.group,
        url: session.url,
        blockNumber: sync.blockNumber,
        blockHash: sync.latestHash,
        syncing: sync.isSyncing,
        consensus: consensus.consensusType,
        role: consensus.role,
        round: consensus.currentView ?? consensus.currentTerm ?? 0,
        leader: consensus.leaderId === null ? null : short(consensus.leaderId),
        halted: consensus.haltedBy,
        notReady: consensus.notReady.length === 0 ? null : consensus.notReady.map(({ message }) => message).join("; "),
        sealers: sealers.length,
        observers: observers.length,
        groupPeers: sync.peers.length,
        pending,
        transactions: totals.transactions,
        failed: totals.failed,
      };
      return fields(json);
    },
  },
  {
    name: "getBlockNumber",
    section: "Status",
    summary: "height of the newest block",
    run: async (session) => value(await session.client().getBlockNumber()),
  },
  {
    name: "getGroupList",
    alias: "groups",
    section: "Status",
    summary: "groups this node serves; asks the operator listener",
    run: async (session) => list(await session.ofNode((client) => client.getGroupList()), "this node serves no group"),
  },
  {
    name: "getSealerList",
    alias: "sealers",
    section: "Status",
    summary: "node ids that take part in consensus",
    run: async (session) => list(await session.client().getSealerList(), "no sealers"),
  },
  {
    name: "getObserverList",
    alias: "observers",
    section: "Status",
    summary: "node ids that follow without voting",
    run: async (session) => list(await session.client().getObserverList(), "no observers"),
  },
  {
    name: "getGroupPeers",
    section: "Status",
    summary: "node ids of all members of the group",
    run: async (session) => list(await session.client().getGroupPeers(), "no members"),
  },
  {
    name: "getNodeIDList",
    section: "Status",
    summary: "this node and the members it is connected to",
    run: async (session) => list(await session.client().getNodeIDList(), "no nodes"),
  },
  {
    name: "getPeers",
    alias: "peers",
    section: "Status",
    summary: "nodes this node is connected to, in any group; asks the operator listener",
    async run(session) {
      const peers = await session.ofNode((client) => client.getPeers());
      const cells = peers.map((peer) => [peer.Agency, peer.IPAndPort, short(peer.NodeID, 24)]);
      return rows(peers, ["agency", "address", "node id"], cells, "not connected to any node");
    },
  },
  {
    name: "getNodeInfo",
    section: "Status",
    summary: "name, agency, address and id of this node; asks the operator listener",
    run: async (session) => fields(await session.ofNode((client) => client.getNodeInfo())),
  },
  {
    name: "getClientVersion",
    alias: "getNodeVersion",
    section: "Status",
    summary: "software version and chain id",
    run: async (session) => fields(await session.client().getClientVersion()),
  },
  {
    name: "getConsensusStatus",
    section: "Status",
    summary: "role, leader, view or term, and sealers as this node sees them",
    run: async (session) => fields(await session.client().getConsensusStatus()),
  },
  {
    name: "getSyncStatus",
    section: "Status",
    summary: "height, highest known height, and the peers' heights",
    async run(session) {
      const sync = await session.client().getSyncStatus();
      const { peers, ...own } = sync;
      const cells = peers.map((peer) => [short(peer.nodeId, 24), peer.blockNumber, peer.latestHash]);
      const table = rows(peers, ["peer", "block", "hash"], cells, "no peers in this group");
      return { json: sync, text: `${fields(own).text}\n${table.text}` };
    },
  },
  {
    name: "getTotalTransactionCount",
    section: "Status",
    summary: "committed transactions, and how many of them failed",
    run: async (session) => fields(await session.client().getTotalTransactionCount()),
  },
  {
    name: "getPendingTxSize",
    section: "Status",
    summary: "transactions waiting in this node's pool",
    run: async (session) => value(await session.client().getPendingTxSize()),
  },
  {
    name: "getSystemConfigByKey",
    section: "Status",
    args: "<key>",
    summary: "a value of the group's on-chain configuration",
    details: "Example: getSystemConfigByKey tx_count_limit",
    run: async (session, [key]) => value(await session.client().getSystemConfigByKey(key!)),
  },
];
