import {
  type Clock,
  createTokenBucket,
  type Logger,
  type MetricsRegister,
  type Rng,
  type TokenBucket,
} from "@fb/runtime";
import type { GroupChannel, ModuleName, NodeId, PeerAction, SendResult } from "@fb/types";
import type { Stream } from "@libp2p/interface";
import { LIMITS } from "../limits.ts";
import type { P2pMetrics } from "../metrics.ts";
import type { MessageBudgets } from "../peers/peer-budgets.ts";
import type { PeerConnection } from "../peers/peer-connection.ts";
import { createPeerLog } from "../peers/peer-log.ts";
import { createGroupLink, type GroupLink } from "./group-link.ts";
import { createHandlers } from "./handlers.ts";
import { createSendRooms } from "./send-room.ts";

/** A channel as the network sees it. */
export interface GroupDoor {
  readonly channel: GroupChannel;
  readonly members: ReadonlySet<NodeId>;
  /** Whether this peer may open streams of this group now. */
  admits(peer: NodeId | undefined): boolean;
  accept(connection: PeerConnection, module: ModuleName, stream: Stream): void;
  /** A connection to a node came. Does nothing for a stranger. */
  attach(connection: PeerConnection): void;
  detach(connection: PeerConnection): void;
  isLinked(peer: NodeId): boolean;
  stalledMs(peer: NodeId): number;
}

export interface GroupDoorDeps {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Logger;
  readonly register: MetricsRegister;
  readonly metrics: P2pMetrics;
  readonly self: NodeId;
  readonly maxPayloadBytes: number;
  readonly budgets: MessageBudgets;
  connectionTo(peer: NodeId): PeerConnection | undefined;
  /** Who is a member has changed. */
  onMembers(): void;
  onClose(): void;
}

export function createGroupDoor(group: number, initialMembers: readonly NodeId[], deps: GroupDoorDeps): GroupDoor {
  const { clock, metrics, self } = deps;
  const log = deps.log.child({ group });
  const peerLog = createPeerLog(log, deps);
  const labels = { group: String(group) };
  const links = new Map<NodeId, GroupLink>();
  const bans = new Map<NodeId, () => void>();
  const penalties = new Map<NodeId, TokenBucket>();
  const handlers = createHandlers((error) => log.error("channel-handler-threw", { error: String(error) }));
  let members: ReadonlySet<NodeId> = new Set(initialMembers);
  let peers: readonly NodeId[] = [];
  let isClosed = false;

  const admits = (peer: NodeId | undefined) =>
    peer !== undefined && !isClosed && members.has(peer) && !bans.has(peer) && peer !== self;
  const refreshPeers = () => {
    peers = [...links]
      .filter(([, link]) => link.isUp)
      .map(([peer]) => peer)
      .sort();
  };

  const linkDeps = {
    clock,
    rng: deps.rng,
    metrics,
    maxPayloadBytes: deps.maxPayloadBytes,
    budgets: deps.budgets,
    rooms: createSendRooms(deps.maxPayloadBytes),
    onUp(peer: NodeId) {
      refreshPeers();
      peerLog.info("channel-peer-up", { peer });
      handlers.peer(peer, true);
    },
    onDown(peer: NodeId) {
      refreshPeers();
      peerLog.info("channel-peer-down", { peer });
      handlers.peer(peer, false);
    },
    onMessage(peer: NodeId, module: ModuleName, payload: Uint8Array) {
      if (!admits(peer)) return;
      if (!handlers.message(module, peer, payload)) metrics.dropped.inc({ ...labels, module, cause: "handler" });
    },
  };

  const attach = (connection: PeerConnection) => {
    const peer = connection.nodeId;
    const old = links.get(peer);
    if (!admits(peer) || old?.connection === connection) return;
    unlink(peer);
    links.set(peer, createGroupLink(group, connection, linkDeps));
  };
  const unlink = (peer: NodeId) => {
    const link = links.get(peer);
    if (link === undefined) return;
    links.delete(peer);
    link.close();
  };
  const attachPeer = (peer: NodeId) => {
    const connection = deps.connectionTo(peer);
    if (connection !== undefined) attach(connection);
  };

  const ban = (peer: NodeId, code: string) => {
    if (bans.has(peer)) return;
    log.warn("channel-peer-banned", { peer, code, ms: LIMITS.banMs });
    bans.set(
      peer,
      clock.after(LIMITS.banMs, () => {
        bans.delete(peer);
        attachPeer(peer);
      }),
    );
    unlink(peer);
  };

  const send = (peer: NodeId, module: ModuleName, payload: Uint8Array): SendResult => {
    const link = links.get(peer);
    if (link === undefined) return "dropped";
    if (payload.length > deps.maxPayloadBytes) {
      metrics.dropped.inc({ ...labels, module, cause: "oversize" });
      log.error("channel-payload-too-long", { module, bytes: payload.length, limit: deps.maxPayloadBytes });
      return "dropped";
    }
    return link.send(module, payload);
  };

  const channel: GroupChannel = {
    self,
    maxPayloadBytes: deps.maxPayloadBytes,
    peers: () => peers,
    send,
    broadcast(module, payload) {
      let queued = 0;
      for (const peer of peers) if (send(peer, module, payload) === "queued") queued++;
      return queued;
    },
    onMessage: handlers.onMessage,
    onPeer: (handler) => handlers.onPeer(handler, peers),
    report(peer, action: PeerAction, code) {
      metrics.faults.inc({ ...labels, action });
      log.debug("channel-fault", { peer, action, code });
      if (isClosed || action === "ignore" || !members.has(peer)) return;
      if (action === "disconnect") return ban(peer, code);
      let bucket = penalties.get(peer);
      if (bucket === undefined) {
        // Half a penalty less, so that what is forgiven within moments does not add one more.
        bucket = createTokenBucket(LIMITS.penalties - 0.5, LIMITS.penaltiesPerSecond, clock.monotonic());
        penalties.set(peer, bucket);
      }
      if (bucket.take(1, clock.monotonic()) > 0) return ban(peer, code);
      deps.budgets.penalise(peer);
    },
    setMembers(next) {
      if (isClosed) return;
      members = new Set(next);
      deps.onMembers();
      for (const peer of [...links.keys()]) if (!members.has(peer)) unlink(peer);
      for (const map of [penalties, bans]) {
        for (const peer of map.keys()) if (!members.has(peer)) forget(peer);
      }
      for (const peer of members) if (!links.has(peer)) attachPeer(peer);
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      handlers.clear();
      for (const peer of [...links.keys()]) unlink(peer);
      for (const cancel of bans.values()) cancel();
      peers = [];
      peerLog.close();
      deps.onClose();
    },
  };
  const forget = (peer: NodeId) => {
    bans.get(peer)?.();
    bans.delete(peer);
    penalties.delete(peer);
  };

  return {
    channel,
    get members() {
      return members;
    },
    admits,
    accept(connection, module, stream) {
      attach(connection);
      links.get(connection.nodeId)?.accept(module, stream);
    },
    attach,
    detach(connection) {
      if (links.get(connection.nodeId)?.connection === connection) unlink(connection.nodeId);
    },
    isLinked: (peer) => links.get(peer)?.isUp === true,
    stalledMs: (peer) => links.get(peer)?.stalledMs() ?? 0,
  };
}
