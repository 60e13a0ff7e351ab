import type { Clock, Rng } from "@fb/runtime";
import type { ModuleName, NodeId, SendResult } from "@fb/types";
import type { Stream } from "@libp2p/interface";
import { createBackoff } from "../backoff.ts";
import { type P2pErrorCode, p2pError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { P2pMetrics } from "../metrics.ts";
import type { MessageBudgets } from "../peers/peer-budgets.ts";
import type { PeerConnection } from "../peers/peer-connection.ts";
import { MODULE_NAMES } from "./frames.ts";
import { createInboundLane, type InboundLane } from "./inbound-lane.ts";
import { createSendQueue } from "./send-queue.ts";
import type { SendRooms } from "./send-room.ts";
import type { SendLane } from "./send-scheduler.ts";

/**
 * One group's share of one connection: a stream per module and direction, opened by the sender. The link is up when
 * the peer accepted all ours; what the peer sends earlier waits. When one stream ends, the link ends and is retried.
 */
export interface GroupLink {
  readonly connection: PeerConnection;
  readonly isUp: boolean;
  send(module: ModuleName, payload: Uint8Array): SendResult;
  /** Takes over a stream that the peer opened and we accepted. */
  accept(module: ModuleName, stream: Stream): void;
  /** Ms since the oldest waiting message made no progress; 0 when nothing waits. */
  stalledMs(): number;
  /** Ends the link for good. */
  close(): void;
}

export interface GroupLinkDeps {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly metrics: P2pMetrics;
  readonly maxPayloadBytes: number;
  readonly budgets: MessageBudgets;
  /** What may wait to be sent, of all links of the group. */
  readonly rooms: SendRooms;
  onUp(peer: NodeId): void;
  onDown(peer: NodeId): void;
  onMessage(peer: NodeId, module: ModuleName, payload: Uint8Array): void;
}

interface OutboundLane extends SendLane {
  readonly stream: Stream;
  progressAtMs: number;
}

export function createGroupLink(group: number, connection: PeerConnection, deps: GroupLinkDeps): GroupLink {
  const { clock, metrics, rooms } = deps;
  const peer = connection.nodeId;
  const retry = createBackoff(LIMITS.channelRetryBaseMs, LIMITS.channelRetryMaxMs, deps.rng);
  const inbound = new Map<ModuleName, InboundLane>();
  let outbound: ReadonlyMap<ModuleName, OutboundLane> = new Map();
  let state: "idle" | "opening" | "up" | "closed" = "idle";
  let attempt = 0;
  let upSinceMs = 0;
  let cancelRetry = () => {};

  const open = async () => {
    if (state !== "idle") return;
    state = "opening";
    const mine = ++attempt;
    cancelRetry();
    // One stream asks; the others follow once the peer has shown that it knows us in this group.
    const first = await openLane("consensus");
    const rest = first === null ? [] : await Promise.all([openLane("sync"), openLane("txs")]);
    const lanes = [first, ...rest].filter((lane) => lane !== null);
    const isComplete = lanes.length === MODULE_NAMES.length && lanes.every((lane) => lane.stream.status === "open");
    const isCurrent = state === "opening" && mine === attempt;
    if (!isCurrent || !isComplete) {
      for (const lane of lanes) lane.stream.abort(p2pError("LINK_ENDED", "the link was not opened"));
      if (isCurrent) fall();
      return;
    }
    rise(lanes);
  };

  const openLane = async (module: ModuleName): Promise<OutboundLane | null> => {
    const stream = await connection.openStream({ type: "channel", groupId: group, module });
    return stream === null ? null : createLane(module, stream);
  };

  const createLane = (module: ModuleName, stream: Stream): OutboundLane => {
    const labels = { group: String(group), module };
    return {
      module,
      stream,
      queue: createSendQueue({
        take: (payload) => rooms[module].take(peer, payload),
        giveBack: (payload) => rooms[module].giveBack(peer, payload),
      }),
      progressAtMs: clock.monotonic(),
      isWritable: () =>
        !stream.writableNeedsDrain && stream.writeBufferLength === 0 && stream.writeStatus === "writable",
      write(chunk) {
        this.progressAtMs = clock.monotonic();
        metrics.sentBytes.inc(labels, chunk.length);
        try {
          stream.send(chunk);
        } catch (error) {
          // Its close event ends the link.
          stream.abort(error as Error);
        }
      },
    };
  };

  const rise = (lanes: readonly OutboundLane[]) => {
    state = "up";
    upSinceMs = clock.monotonic();
    outbound = new Map(lanes.map((lane) => [lane.module, lane]));
    for (const lane of lanes) {
      connection.scheduler.add(group, lane);
      lane.stream.addEventListener("drain", connection.wake);
      lane.stream.addEventListener("close", fall);
      lane.stream.addEventListener("remoteCloseWrite", fall);
    }
    deps.onUp(peer);
    for (const lane of inbound.values()) lane.resume();
  };

  /** Ends all streams; tries again later unless the link is closed. */
  const fall = () => {
    const wasUp = state === "up";
    const isClosed = state === "closed";
    if (!isClosed) state = "idle";
    for (const lane of outbound.values()) lane.queue.clear();
    const ended = [...outbound.values(), ...inbound.values()];
    outbound = new Map();
    inbound.clear();
    connection.scheduler.remove(group);
    for (const lane of ended) release(lane, "LINK_ENDED");
    if (wasUp && clock.monotonic() - upSinceMs > LIMITS.steadyMs) retry.reset();
    if (!isClosed) {
      cancelRetry();
      cancelRetry = clock.after(retry.next(), () => void open());
    }
    if (wasUp) deps.onDown(peer);
  };

  const release = (lane: OutboundLane | InboundLane, code: P2pErrorCode) => {
    lane.stream.removeEventListener("close", fall);
    lane.stream.removeEventListener("remoteCloseWrite", fall);
    lane.stream.abort(p2pError(code, "another stream of the link ended, or took the place of this one"));
  };

  const link: GroupLink = {
    connection,
    get isUp() {
      return state === "up";
    },
    send(module, payload) {
      const lane = outbound.get(module);
      if (state !== "up" || lane === undefined) return "dropped";
      if (lane.queue.isEmpty) lane.progressAtMs = clock.monotonic();
      if (!lane.queue.push(payload)) {
        metrics.dropped.inc({ group: String(group), module, cause: "queue" });
        return "dropped";
      }
      connection.wake();
      return "queued";
    },
    accept(module, stream) {
      if (state === "closed" || stream.readStatus !== "readable")
        return stream.abort(p2pError("LINK_ENDED", "the link is closed"));
      const old = inbound.get(module);
      if (old !== undefined) release(old, "REPLACED");
      const lane = createInboundLane(group, stream, module, connection, {
        ...deps,
        onMessage: (payload) => state === "up" && deps.onMessage(peer, module, payload),
      });
      inbound.set(module, lane);
      stream.addEventListener("close", fall);
      stream.addEventListener("remoteCloseWrite", fall);
      connection.accept(stream);
      if (state === "up") lane.resume();
      // The peer knows us: no reason to wait for the next attempt.
      else void open();
    },
    stalledMs() {
      let longest = 0;
      for (const lane of outbound.values()) {
        if (!lane.queue.isEmpty) longest = Math.max(longest, clock.monotonic() - lane.progressAtMs);
      }
      return longest;
    },
    close() {
      if (state === "closed") return;
      cancelRetry();
      const wasUp = state === "up";
      state = "closed";
      fall();
      if (wasUp) deps.onDown(peer);
    },
  };
  void open();
  return link;
}
