import { type RawPeer, YAMUX_FLAG, YAMUX_FRAME, yamuxFrame } from "@fb/p2p-whitelist/testing";
import { concatBytes } from "@fb/types";

const HEADER_BYTES = 12;
const NONE = new Uint8Array(0);

/** A frame that came back. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly length: number;
  readonly body: Uint8Array;
}

/** Words of multistream-select that open a stream of the chain's protocol, sent without waiting for an answer. */
export function negotiation(chainId: number): Uint8Array {
  return concatBytes(line("/multistream/1.0.0"), line(`/fb/${chainId}/channel/1`));
}

function line(text: string): Uint8Array {
  const body = Buffer.from(`${text}\n`);
  return concatBytes(Uint8Array.of(body.length), body);
}

/** The open frame of a channel (p2p-whitelist SPEC 4.1); module and group 0 name the control stream. */
export function openFrame(module: number, group: number): Uint8Array {
  return Uint8Array.of(1, module, group >> 8, group & 255, 0, 0, 0, 0);
}

export function pingFrame(value: number): Uint8Array {
  return yamuxFrame(YAMUX_FRAME.ping, YAMUX_FLAG.syn, 0, value);
}

export function dataFrame(stream: number, body: Uint8Array, flags = 0): Uint8Array {
  return yamuxFrame(YAMUX_FRAME.data, flags, stream, body.length, body);
}

export function resetFrame(stream: number): Uint8Array {
  return yamuxFrame(YAMUX_FRAME.windowUpdate, YAMUX_FLAG.rst, stream, 0);
}

export function synFrame(stream: number): Uint8Array {
  return yamuxFrame(YAMUX_FRAME.windowUpdate, YAMUX_FLAG.syn, stream, 0);
}

/** Cuts what a peer sends into frames. */
export function readFrames(peer: RawPeer, onFrame: (frame: Frame) => void): void {
  let pending: Uint8Array = NONE;
  peer.onData((bytes) => {
    pending = pending.length === 0 ? bytes : concatBytes(pending, bytes);
    let at = 0;
    while (pending.length - at >= HEADER_BYTES) {
      const view = new DataView(pending.buffer, pending.byteOffset + at, HEADER_BYTES);
      const type = view.getUint8(1);
      const length = view.getUint32(8);
      const end = at + HEADER_BYTES + (type === YAMUX_FRAME.data ? length : 0);
      if (pending.length < end) break;
      const body = pending.slice(at + HEADER_BYTES, end);
      onFrame({ type, flags: view.getUint16(2), stream: view.getUint32(4), length, body });
      at = end;
    }
    pending = pending.slice(at);
  });
}
