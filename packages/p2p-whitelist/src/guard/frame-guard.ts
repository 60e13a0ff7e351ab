import { type Clock, createTokenBucket } from "@fb/runtime";
import { LIMITS } from "../limits.ts";
import { ALL_FLAGS, FLAG, FRAME, type FrameHeader } from "./yamux-frames.ts";

/** Why a frame ends its connection. */
export type FrameFault =
  /** Nothing that yamux or this protocol knows: version, type, flags, length, or a stream that was never opened. */
  | "frame"
  /** We never ask for a ping, and an answer to one would be work without an end. */
  | "ping"
  /** More bytes, or more room, than the windows of the stream allow. */
  | "window"
  /** More bytes than an opening or its answer takes, on a stream that is not accepted. */
  | "unaccepted"
  /** Streams opened faster than SPEC 6.1 allows. */
  | "openings"
  /** More window updates and endings than what was sent and opened can cause. */
  | "updates"
  /** Too much was received that nobody could read yet. */
  | "held";

/**
 * Knows what the other side may send, exactly: it sees the header of every frame in both directions. An honest frame
 * answers something or uses room that was given, so nothing here depends on a rate except the opening of streams.
 */
export interface FrameGuard {
  /** Judges a frame of the peer by its header, before anything of its body is kept; null = take it. */
  inbound(header: FrameHeader): FrameFault | null;
  /** A frame of ours is on its way. */
  outbound(header: FrameHeader): void;
  /**
   * Bytes of a stream were read, so its window may grow again. Returns by how much to tell the peer now; 0 = not yet:
   * a frame for every message that was read would double what this node sends.
   */
  giveRoom(streamId: number, bytes: number): number;
  /** A stream was accepted, by us or by the peer: from now on its whole window may be used. */
  accept(streamId: number): void;
  /** Bytes received on live streams for which no new room was given, because nobody read them yet. */
  readonly heldBytes: number;
}

interface StreamState {
  /** Bytes the peer may send: the window we gave it. */
  window: number;
  /** Bytes that were read and that the window does not grow by yet. */
  read: number;
  /** Bytes the peer may send before the stream is accepted; null = it is. */
  early: number | null;
  /** Bytes we sent for which the peer gave no new room yet. */
  unanswered: number;
  ended: { theirs: boolean; ours: boolean };
}

/** @param isDialer true when this side dialed: then our streams have odd numbers. */
export function createFrameGuard(isDialer: boolean, clock: Clock): FrameGuard {
  const streams = new Map<number, StreamState>();
  const openings = createTokenBucket(LIMITS.openBurst, LIMITS.openPerSecond, clock.monotonic());
  const last = { theirs: 0, ours: 0 };
  const sideOf = (streamId: number) => ((streamId % 2 === 1) === isDialer ? "ours" : "theirs");
  let updates: number = LIMITS.spareUpdates;
  /** Bytes that may still be under way on streams that we reset. */
  let strayBytes = 0;
  let heldBytes = 0;
  let isLeaving = false;

  const allowUpdates = (count: number) => {
    updates = Math.min(LIMITS.maxUpdates, updates + count);
  };
  const open = (side: "theirs" | "ours", streamId: number) => {
    last[side] = streamId;
    allowUpdates(LIMITS.updatesPerStream);
    streams.set(streamId, {
      window: LIMITS.windowBytes,
      read: 0,
      early: LIMITS.unacceptedBytes,
      unanswered: 0,
      ended: { theirs: false, ours: false },
    });
  };
  const drop = (streamId: number, stream: StreamState) => {
    streams.delete(streamId);
    heldBytes -= LIMITS.windowBytes - stream.window - stream.read;
  };

  const takeData = (stream: StreamState | undefined, length: number): FrameFault | null => {
    if (length === 0 || length > LIMITS.frameBytes) return "frame";
    if (stream === undefined) {
      strayBytes -= length;
      return strayBytes < 0 ? "window" : null;
    }
    if (stream.ended.theirs) return "frame";
    if (length > stream.window) return "window";
    if (stream.early !== null) {
      if (length > stream.early) return "unaccepted";
      stream.early -= length;
    }
    stream.window -= length;
    heldBytes += length;
    return heldBytes > LIMITS.heldBytes ? "held" : null;
  };
  const takeUpdate = (stream: StreamState | undefined, length: number): FrameFault | null => {
    if (--updates < 0) return "updates";
    if (stream === undefined) return null;
    if (length > stream.unanswered) return "window";
    stream.unanswered -= length;
    return null;
  };
  const takeSession = ({ type, flags, length }: FrameHeader): FrameFault | null => {
    if (type === FRAME.ping) return "ping";
    if (type !== FRAME.goAway || flags !== 0 || length > 2 || isLeaving) return "frame";
    isLeaving = true;
    return null;
  };

  return {
    inbound(header) {
      const { version, type, flags, streamId, length } = header;
      if (version !== 0 || (flags & ~ALL_FLAGS) !== 0) return "frame";
      if (streamId === 0 || type > FRAME.windowUpdate) return streamId === 0 ? takeSession(header) : "frame";
      const side = sideOf(streamId);
      if ((flags & FLAG.syn) !== 0) {
        // Numbers go up, so one that was used is never used again.
        if (side === "ours" || streamId <= last.theirs) return "frame";
        if (openings.take(1, clock.monotonic()) > 0) return "openings";
        open("theirs", streamId);
      } else if (streamId > last[side]) return "frame";
      const stream = streams.get(streamId);
      const fault = type === FRAME.data ? takeData(stream, length) : takeUpdate(stream, length);
      if (fault !== null || stream === undefined) return fault;
      if ((flags & FLAG.fin) !== 0) {
        if (stream.ended.theirs) return "frame";
        stream.ended.theirs = true;
      }
      if ((flags & FLAG.rst) !== 0 || (stream.ended.theirs && stream.ended.ours)) drop(streamId, stream);
      return null;
    },
    outbound({ type, flags, streamId, length }) {
      if (streamId === 0) return;
      if ((flags & FLAG.syn) !== 0) open("ours", streamId);
      if (type === FRAME.data) allowUpdates(1);
      const stream = streams.get(streamId);
      if (stream === undefined) return;
      if (type === FRAME.data) stream.unanswered += length;
      else {
        stream.window += length;
        heldBytes -= length;
      }
      if ((flags & FLAG.fin) !== 0) stream.ended.ours = true;
      if ((flags & FLAG.rst) !== 0 && !stream.ended.theirs) {
        strayBytes = Math.min(LIMITS.strayBytes, strayBytes + (stream.early ?? stream.window));
      }
      if ((flags & FLAG.rst) !== 0 || (stream.ended.theirs && stream.ended.ours)) drop(streamId, stream);
    },
    giveRoom(streamId, bytes) {
      const stream = streams.get(streamId);
      if (stream === undefined) return 0;
      heldBytes -= bytes;
      stream.read += bytes;
      if (stream.read < LIMITS.roomBytes) return 0;
      const room = stream.read;
      stream.read = 0;
      stream.window += room;
      return room;
    },
    accept(streamId) {
      const stream = streams.get(streamId);
      if (stream !== undefined) stream.early = null;
    },
    get heldBytes() {
      return heldBytes;
    },
  };
}
