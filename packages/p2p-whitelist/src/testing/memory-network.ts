import type { Clock, Rng } from "@fb/runtime";
import type { GroupChannel, GroupId, ModuleName, NodeId, PeerAction, SendResult } from "@fb/types";
import { createHandlers, type Handlers } from "../channel/handlers.ts";
import { p2pError } from "../errors.ts";

export interface MemoryNetworkOptions {
  /**
   * `auto` (default) delivers on the next turn of the event loop, `manual` only in {@link MemoryNetwork.deliver},
   * `clock` after `delayMs` of the given clock.
   */
  readonly delivery?: "auto" | "manual" | "clock";
  /** Needed for `clock` delivery. */
  readonly clock?: Clock;
  /** Needed for loss and for a range of delays. */
  readonly rng?: Rng;
  /** Inclusive range in ms for `clock` delivery; default [1, 1]. */
  readonly delayMs?: readonly [number, number];
  /** Messages lost per thousand; default 0. */
  readonly lossPerMille?: number;
  /** Longest payload in bytes; default 16 MiB. */
  readonly maxPayloadBytes?: number;
  /** Bytes under way from one node to another in one group; more are dropped. Default 32 MiB. */
  readonly queueBytes?: number;
}

/** A message under way, as filters see it. */
export interface MemoryMessage {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly groupId: GroupId;
  readonly module: ModuleName;
  readonly payload: Uint8Array;
}

export interface ReportedFault {
  readonly by: NodeId;
  readonly peer: NodeId;
  readonly groupId: GroupId;
  readonly action: PeerAction;
  readonly code: string;
}

/** One node of a {@link MemoryNetwork}; the part of a real network that groups see. */
export interface MemoryNode {
  readonly nodeId: NodeId;
  group(groupId: GroupId, initialMembers: readonly NodeId[]): GroupChannel;
  /** Closes all channels of this node, as a crash would. */
  close(): Promise<void>;
}

/** Nodes joined without sockets. Per sender, receiver, group and module messages keep their order, except with random delays. */
export interface MemoryNetwork {
  node(nodeId: NodeId): MemoryNode;
  /** Hands over up to `limit` messages in the order they were sent; returns how many. Answers count too. */
  deliver(limit?: number): number;
  pending(): readonly MemoryMessage[];
  /** Cuts the network into islands; nodes that are not named form one more. Messages between islands are lost. */
  partition(...islands: (readonly NodeId[])[]): void;
  heal(): void;
  setLoss(perMille: number): void;
  /** Called for each message sent; false loses it. Null removes the filter. */
  setFilter(filter: ((message: MemoryMessage) => boolean) | null): void;
  /** What channels were told about peers. */
  readonly reports: readonly ReportedFault[];
  /** Errors thrown by handlers, which must not throw. */
  readonly handlerErrors: readonly unknown[];
}

interface Station {
  readonly node: NodeId;
  readonly groupId: GroupId;
  readonly handlers: Handlers;
  readonly up: Set<NodeId>;
  readonly shunned: Set<NodeId>;
  members: ReadonlySet<NodeId>;
  closed: boolean;
}

interface Parcel extends MemoryMessage {
  readonly target: Station;
}

export function createMemoryNetwork(options: MemoryNetworkOptions = {}): MemoryNetwork {
  const delivery = options.delivery ?? "auto";
  const maxPayloadBytes = options.maxPayloadBytes ?? 16 * 1024 * 1024;
  const queueBytes = options.queueBytes ?? 32 * 1024 * 1024;
  const stations = new Map<string, Station>();
  const islands = new Map<NodeId, number>();
  const queue: Parcel[] = [];
  const underWay = new Map<string, number>();
  const reports: ReportedFault[] = [];
  const handlerErrors: unknown[] = [];
  const delay = options.delayMs ?? ([1, 1] as const);
  let loss = options.lossPerMille ?? 0;
  let filter: ((message: MemoryMessage) => boolean) | null = null;
  let scheduled = false;

  const at = (groupId: GroupId, node: NodeId) => stations.get(`${groupId} ${node}`);
  const island = (node: NodeId) => islands.get(node) ?? 0;
  const route = (parcel: MemoryMessage) => `${parcel.groupId} ${parcel.from} ${parcel.to}`;
  const accepts = (station: Station, peer: NodeId) =>
    !station.closed && station.members.has(peer) && !station.shunned.has(peer);
  const linked = (a: Station, b: Station) =>
    a.node !== b.node && island(a.node) === island(b.node) && accepts(a, b.node) && accepts(b, a.node);

  const setUp = (station: Station, peer: NodeId, up: boolean) => {
    if (station.up.has(peer) === up) return;
    if (up) station.up.add(peer);
    else station.up.delete(peer);
    station.handlers.peer(peer, up);
  };
  const refresh = () => {
    const all = [...stations.values()];
    for (const a of all) {
      for (const peer of [...a.up]) {
        const b = at(a.groupId, peer);
        if (b === undefined || !linked(a, b)) setUp(a, peer, false);
      }
    }
    for (const a of all) for (const b of all) if (a.groupId === b.groupId && linked(a, b)) setUp(a, b.node, true);
  };

  const hand = (parcel: Parcel) => {
    underWay.set(route(parcel), (underWay.get(route(parcel)) ?? 0) - parcel.payload.length);
    // A message is worth nothing once its link is gone, as with a broken connection.
    if (parcel.target.closed || !parcel.target.up.has(parcel.from)) return;
    parcel.target.handlers.message(parcel.module, parcel.from, parcel.payload);
  };
  const deliver = (limit = Number.POSITIVE_INFINITY) => {
    let count = 0;
    while (queue.length > 0 && count < limit) {
      hand(queue.shift()!);
      count++;
    }
    return count;
  };
  const schedule = (parcel: Parcel) => {
    if (delivery === "clock") {
      const [min, max] = delay;
      const ms = max > min ? min + (options.rng?.below(max - min + 1) ?? 0) : min;
      options.clock!.after(ms, () => {
        const index = queue.indexOf(parcel);
        if (index >= 0) hand(queue.splice(index, 1)[0]!);
      });
    } else if (delivery === "auto" && !scheduled) {
      scheduled = true;
      setImmediate(() => {
        scheduled = false;
        deliver(queue.length);
        if (queue.length > 0 && !scheduled) schedule(queue[0]!);
      });
    }
  };
  const send = (from: Station, to: NodeId, module: ModuleName, payload: Uint8Array): SendResult => {
    const target = at(from.groupId, to);
    if (from.closed || target === undefined || !from.up.has(to) || payload.length > maxPayloadBytes) return "dropped";
    const parcel: Parcel = { from: from.node, to, groupId: from.groupId, module, payload, target };
    const bytes = (underWay.get(route(parcel)) ?? 0) + payload.length;
    if (bytes > queueBytes) return "dropped";
    // The sender cannot see a loss on the way.
    if (loss > 0 && (options.rng?.below(1000) ?? 0) < loss) return "queued";
    if (filter !== null && !filter(parcel)) return "queued";
    underWay.set(route(parcel), bytes);
    queue.push(parcel);
    schedule(parcel);
    return "queued";
  };

  const openChannel = (node: NodeId, groupId: GroupId, initialMembers: readonly NodeId[]): GroupChannel => {
    const key = `${groupId} ${node}`;
    if (stations.has(key)) throw p2pError("GROUP_OPEN", `group ${groupId} has a channel already`, { groupId });
    const station: Station = {
      node,
      groupId,
      handlers: createHandlers((error) => handlerErrors.push(error)),
      up: new Set(),
      shunned: new Set(),
      members: new Set(initialMembers),
      closed: false,
    };
    stations.set(key, station);
    refresh();
    const peers = () => [...station.up].sort();
    return {
      self: node,
      maxPayloadBytes,
      peers,
      send: (peer, module, payload) => send(station, peer, module, payload),
      broadcast: (module, payload) =>
        peers().filter((peer) => send(station, peer, module, payload) === "queued").length,
      onMessage: (module, handler) => station.handlers.onMessage(module, handler),
      onPeer: (handler) => station.handlers.onPeer(handler, peers()),
      report(peer, action, code) {
        reports.push({ by: node, peer, groupId, action, code });
        if (action !== "disconnect") return;
        station.shunned.add(peer);
        refresh();
      },
      setMembers(members) {
        station.members = new Set(members);
        refresh();
      },
      async close() {
        if (station.closed) return;
        station.closed = true;
        stations.delete(key);
        station.handlers.clear();
        station.up.clear();
        refresh();
      },
    };
  };

  return {
    node(nodeId) {
      const channels: GroupChannel[] = [];
      return {
        nodeId,
        group(groupId, initialMembers) {
          const channel = openChannel(nodeId, groupId, initialMembers);
          channels.push(channel);
          return channel;
        },
        async close() {
          for (const channel of channels.splice(0)) await channel.close();
        },
      };
    },
    deliver,
    pending: () => [...queue],
    partition(...parts) {
      islands.clear();
      for (const [index, nodes] of parts.entries()) for (const node of nodes) islands.set(node, index + 1);
      refresh();
    },
    heal() {
      islands.clear();
      for (const station of stations.values()) station.shunned.clear();
      refresh();
    },
    setLoss(perMille) {
      loss = perMille;
    },
    setFilter(next) {
      filter = next;
    },
    reports,
    handlerErrors,
  };
}
