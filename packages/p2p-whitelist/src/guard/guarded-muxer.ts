import type { Clock } from "@fb/runtime";
import type { MessageStream, Stream, StreamMuxer, StreamMuxerFactory } from "@libp2p/interface";
import { p2pError } from "../errors.ts";
import { LIMITS, NETWORK_PRICES } from "../limits.ts";
import { createFrameGuard, type FrameFault } from "./frame-guard.ts";
import { createFrameReader } from "./frame-reader.ts";
import { decodeFrameHeader, encodeFrame, FLAG, FRAME, type FrameHeader } from "./yamux-frames.ts";

/** Why this layer ends a connection. */
export type GuardFault =
  | FrameFault
  /** The peer does not read what it makes us send. */
  | "unsent";

export interface GuardDeps {
  readonly clock: Clock;
  /** Charges microseconds of this thread to the peer; returns how many ms it has to wait, 0 when it need not. */
  charge(micros: number): number;
  /** Asks for a turn of this thread after `micros` of work; null = go on. */
  turn(micros: number): Promise<void> | null;
  /** The connection has ended because of this fault. */
  onCut(fault: GuardFault): void;
  /** The peer has to wait, because it used up what it may cost. */
  onThrottle(ms: number): void;
}

/** One connection between noise and yamux. */
export interface ConnectionGuard {
  /** The stream was accepted: see {@link FrameGuard.accept}. */
  accept(stream: Stream): void;
  /** The connection has to drain: nothing but answers should be written. */
  readonly mustDrain: boolean;
  /** Ms for which bytes wait and none of them moved. */
  blockedMs(): number;
  /** The peer waits for its budget: what it sends meanwhile is not read. */
  readonly isThrottled: boolean;
}

/** The methods of yamux through which all bytes of a connection pass (`AbstractStreamMuxer` of `@libp2p/utils`). */
interface Muxer extends StreamMuxer {
  onData(data: Uint8Array): void;
  send(data: Iterable<Uint8Array> | Uint8Array): boolean;
}

/**
 * Wraps a factory of yamux. Bytes of the peer are cut into frames here, judged by their headers and handed on frame by
 * frame, a slice per turn of the event loop; while something waits the connection is not read. yamux sees whole frames
 * only, and nothing of a connection that broke a rule.
 *
 * yamux acts on a frame as it parses it, has no bound for answers that nobody reads, and takes no judge of frames. So
 * the two methods through which all bytes pass are replaced: a wrapper around the connection would have to be a whole
 * `MessageStream`, with its events, buffers and states.
 */
export function guardedMuxer(
  factory: StreamMuxerFactory,
  depsOf: (connection: MessageStream) => GuardDeps,
  onGuard: (connection: MessageStream, guard: ConnectionGuard) => void,
): StreamMuxerFactory {
  return {
    protocol: factory.protocol,
    createStreamMuxer(connection) {
      const muxer = factory.createStreamMuxer(connection) as Muxer;
      onGuard(connection, guard(muxer, connection, depsOf(connection)));
      return muxer;
    },
  };
}

function guard(muxer: Muxer, connection: MessageStream, deps: GuardDeps): ConnectionGuard {
  const { clock } = deps;
  const frames = createFrameGuard(connection.direction === "outbound", clock);
  const reader = createFrameReader();
  const onFrame = muxer.onData.bind(muxer);
  const transmit = muxer.send.bind(muxer);
  let spent = 0;
  let isWaiting = false;
  let isThrottled = false;
  let isCut = false;
  let movedAtMs = clock.monotonic();
  let cancelWait = () => {};

  const cut = (fault: GuardFault) => {
    if (isCut) return;
    isCut = true;
    reader.clear();
    connection.abort(p2pError("CONNECTION_CUT", `the connection was cut: ${fault}`, { cause: fault }));
    deps.onCut(fault);
  };

  /** Works until nothing is left; between two pieces it waits for its turn, and for the budget of the peer. */
  const work = () => {
    isWaiting = false;
    isThrottled = false;
    while (!isCut) {
      deliverPiece();
      if (isCut) return;
      const waitMs = deps.charge(spent);
      const turn = deps.turn(spent);
      spent = 0;
      if (waitMs > 0) {
        isThrottled = true;
        deps.onThrottle(waitMs);
        return waitFor((go) => (cancelWait = clock.after(waitMs, go)));
      }
      if (turn !== null) return waitFor((go) => void turn.then(go));
      if (!reader.hasMore) return setReading(true);
    }
  };
  const deliverPiece = () => {
    while (spent < LIMITS.pieceMicros) {
      const frame = reader.next(judge);
      if (frame === null) return;
      deliver(frame);
      if (isCut) return;
    }
  };
  const deliver = (frame: Uint8Array) => {
    try {
      onFrame(frame);
    } catch {
      // What yamux itself finds wrong.
      cut("frame");
    }
  };
  const judge = (header: FrameHeader): boolean => {
    spent += priceOf(header);
    const fault = frames.inbound(header);
    if (fault !== null) cut(fault);
    return fault === null;
  };

  const waitFor = (start: (go: () => void) => void) => {
    isWaiting = true;
    // Never inside the delivery of data: a connection that is resuming would go on reading in spite of it.
    queueMicrotask(() => {
      if (isWaiting) setReading(false);
    });
    start(work);
  };
  const setReading = (on: boolean) => {
    if (isCut || connection.status !== "open") return;
    try {
      if (on) connection.resume();
      else connection.pause();
    } catch {
      // The connection below is closing.
    }
  };

  muxer.onData = (data: Uint8Array | Iterable<Uint8Array>) => {
    if (isCut) return;
    spent += NETWORK_PRICES.packet;
    if (data instanceof Uint8Array) reader.push(data);
    else for (const part of data) reader.push(part);
    if (!isWaiting) work();
  };
  muxer.send = (data) => {
    const header = decodeFrameHeader(firstPart(data));
    const { type, flags, streamId, length } = header;
    if (type === FRAME.windowUpdate && flags === 0) {
      const room = frames.giveRoom(streamId, length);
      return room === 0 ? !connection.writableNeedsDrain : write(encodeFrame(type, flags, streamId, room));
    }
    frames.outbound(header);
    return write(data);
  };
  const write = (data: Iterable<Uint8Array> | Uint8Array) => {
    const wasFree = !connection.writableNeedsDrain;
    const isFree = transmit(data);
    if (wasFree && !isFree) movedAtMs = clock.monotonic();
    if (connection.writeBufferLength > LIMITS.unsentBytes) cut("unsent");
    return isFree;
  };
  connection.addEventListener("drain", () => {
    movedAtMs = clock.monotonic();
  });
  connection.addEventListener("close", () => {
    isCut = true;
    cancelWait();
    reader.clear();
  });

  return {
    accept: (stream) => frames.accept(Number(stream.id)),
    get mustDrain() {
      return connection.writableNeedsDrain;
    },
    blockedMs: () => (connection.writableNeedsDrain ? clock.monotonic() - movedAtMs : 0),
    get isThrottled() {
      return isThrottled;
    },
  };
}

function priceOf({ type, flags, length }: FrameHeader): number {
  const opening = (flags & FLAG.syn) !== 0 ? NETWORK_PRICES.opening : 0;
  return opening + (type === FRAME.data ? NETWORK_PRICES.data + length / 1024 : NETWORK_PRICES.update);
}

/** yamux sends a header alone, or a list that begins with one. */
function firstPart(data: Iterable<Uint8Array> | Uint8Array): Uint8Array {
  if (data instanceof Uint8Array) return data;
  for (const part of data) return part;
  return new Uint8Array(0);
}
