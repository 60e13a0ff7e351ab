import { type Clock, createTokenBucket } from "@fb/runtime";
import type { NodeId } from "@fb/types";
import type { Connection, Stream } from "@libp2p/interface";
import { byteStream } from "@libp2p/utils";
import type { NodeCertificate } from "../admission/certificates.ts";
import { ADMISSION_REASONS, type AdmissionReason } from "../admission/reasons.ts";
import {
  ACCEPT_BYTE,
  CONTROL_FRAME_BYTES,
  decodeControl,
  encodeControl,
  encodeOpen,
  type StreamPurpose,
} from "../channel/frames.ts";
import { createSendScheduler, type SendScheduler } from "../channel/send-scheduler.ts";
import type { Direction } from "../contract.ts";
import { deadlineAfter } from "../deadline.ts";
import { p2pError } from "../errors.ts";
import type { ConnectionGuard, GuardFault } from "../guard/guarded-muxer.ts";
import { LIMITS } from "../limits.ts";

/** An admitted connection to one peer. */
export interface PeerConnection {
  readonly nodeId: NodeId;
  readonly certificate: NodeCertificate;
  readonly direction: Direction;
  /** Remote `host:port`. */
  readonly address: string;
  readonly openedAtMs: number;
  readonly isOpen: boolean;
  /** Opens a stream and waits for its acceptance; null when the peer refuses or the connection ends. */
  openStream(purpose: StreamPurpose): Promise<Stream | null>;
  /** Registers a group's lanes; call {@link PeerConnection.wake} after queueing. */
  readonly scheduler: SendScheduler;
  /** Sends what is queued at the end of this turn of the event loop. */
  wake(): void;
  /** Something arrived from the peer. */
  heard(): void;
  /** Ms since something arrived. */
  silentMs(): number;
  startControl(): void;
  ping(): void;
  acceptControl(stream: Stream): void;
  /** Accepts a stream that the peer opened. */
  accept(stream: Stream): void;
  /** Charges the peer for work of this thread, in microseconds. */
  charge(micros: number): void;
  /** Ms for which bytes wait to be sent and none of them moved. */
  blockedMs(): number;
  /** The peer is not read for a while, so its silence means nothing. */
  readonly isThrottled: boolean;
  /** Tells the peer why, then closes. */
  end(reason: AdmissionReason): void;
  /** Closes at once, for a peer that is dead or breaks the protocol. */
  abort(cause: CutCause): void;
}

/** Why a connection is ended without a goodbye (SPEC 6.1). */
export type CutCause =
  | GuardFault
  /** Nothing was heard for too long. */
  | "silent"
  /** Nothing could be sent for too long, on a stream or at all. */
  | "slow"
  /** A message longer than a payload may be. */
  | "oversize"
  /** Control frames that are too many or that mean nothing. */
  | "control";

export interface PeerConnectionDeps {
  readonly clock: Clock;
  readonly protocol: string;
  readonly guard: ConnectionGuard;
  charge(micros: number): void;
  /** The connection has been ended for this. */
  onCut(cause: CutCause): void;
  /** The peer said why it closes. */
  onBye(code: number): void;
}

export function createPeerConnection(
  connection: Connection,
  info: { readonly certificate: NodeCertificate; readonly address: string },
  deps: PeerConnectionDeps,
): PeerConnection {
  const { clock } = deps;
  const scheduler = createSendScheduler(() => !deps.guard.mustDrain);
  const openedAtMs = clock.monotonic();
  let lastHeardMs = openedAtMs;
  let isAwake = false;
  let control: Stream | null = null;
  let peerControl: Stream | null = null;
  let pings = 0;

  const openStream = async (purpose: StreamPurpose): Promise<Stream | null> => {
    const deadline = deadlineAfter(clock, LIMITS.openMs);
    let stream: Stream | undefined;
    try {
      stream = await connection.newStream(deps.protocol, {
        signal: deadline.signal,
        maxOutboundStreams: LIMITS.streams,
      });
      const io = byteStream(stream);
      await io.write(encodeOpen(purpose), { signal: deadline.signal });
      const answer = await io.read({ bytes: 1, signal: deadline.signal });
      if (answer.get(0) !== ACCEPT_BYTE) throw p2pError("STREAM_REFUSED", "the answer is no acceptance");
      return io.unwrap();
    } catch (error) {
      // Refused or gone: both are normal, and the caller cannot tell them apart anyway.
      stream?.abort(error as Error);
      return null;
    } finally {
      deadline.cancel();
    }
  };

  const readControl = (stream: Stream) => {
    const budget = createTokenBucket(LIMITS.controlBurst, LIMITS.controlPerSecond, clock.monotonic());
    const pending = new Uint8Array(CONTROL_FRAME_BYTES);
    let filled = 0;
    stream.addEventListener("message", (event) => {
      lastHeardMs = clock.monotonic();
      for (const byte of event.data.subarray()) {
        pending[filled++] = byte;
        if (filled < CONTROL_FRAME_BYTES) continue;
        filled = 0;
        const frame = decodeControl(pending);
        if (frame === null || budget.take(1, clock.monotonic()) > 0) return self.abort("control");
        if (frame.type === "ping") trySend(stream, encodeControl({ type: "pong", value: frame.value }));
        else if (frame.type === "bye") deps.onBye(frame.value);
      }
    });
  };

  const self: PeerConnection = {
    nodeId: info.certificate.nodeId,
    certificate: info.certificate,
    direction: connection.direction,
    address: info.address,
    openedAtMs,
    get isOpen() {
      return connection.status === "open";
    },
    openStream,
    scheduler,
    wake() {
      if (isAwake) return;
      isAwake = true;
      setImmediate(() => {
        isAwake = false;
        scheduler.pump();
      });
    },
    heard() {
      lastHeardMs = clock.monotonic();
    },
    silentMs: () => clock.monotonic() - lastHeardMs,
    startControl() {
      void openStream({ type: "control" }).then((stream) => {
        if (stream === null) return;
        control = stream;
        // Pongs come back on it.
        deps.guard.accept(stream);
        stream.addEventListener("close", () => {
          if (control === stream) control = null;
        });
        readControl(stream);
      });
    },
    ping() {
      if (control === null) return;
      pings = (pings + 1) >>> 0;
      trySend(control, encodeControl({ type: "ping", value: pings }));
    },
    acceptControl(stream) {
      peerControl?.abort(p2pError("REPLACED", "another control stream was opened"));
      peerControl = stream;
      readControl(stream);
      self.accept(stream);
    },
    accept(stream) {
      deps.guard.accept(stream);
      trySend(stream, Uint8Array.of(ACCEPT_BYTE));
    },
    charge: deps.charge,
    blockedMs: () => deps.guard.blockedMs(),
    get isThrottled() {
      return deps.guard.isThrottled;
    },
    end(reason) {
      if (control !== null) trySend(control, encodeControl({ type: "bye", value: ADMISSION_REASONS[reason] }));
      connection.close().catch((error: Error) => connection.abort(error));
    },
    abort(cause) {
      if (connection.status !== "open") return;
      connection.abort(p2pError("CONNECTION_CUT", `the connection was cut: ${cause}`, { cause }));
      deps.onCut(cause);
    },
  };
  return self;
}

function trySend(stream: Stream, bytes: Uint8Array): void {
  try {
    // Control frames are few and small; a stream that must drain buffers them.
    stream.send(bytes);
  } catch {
    // Closed meanwhile.
  }
}
