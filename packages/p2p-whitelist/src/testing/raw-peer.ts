import { systemClock } from "@fb/runtime";
import type { NodeId } from "@fb/types";
import { privateKeyFromRaw } from "@libp2p/crypto/keys";
import type { MessageStream, StreamMuxer, StreamMuxerFactory } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import { createLibp2p } from "libp2p";
import { createAdmission } from "../admission/admission.ts";
import { admissionEncrypter } from "../admission/encrypter.ts";
import { p2pError } from "../errors.ts";
import { addressToMultiaddr } from "../host/libp2p-host.ts";
import { nodeIdOfPrivateKey } from "../identity.ts";

export interface RawPeerOptions {
  readonly host: string;
  readonly port: number;
  /** 32 bytes, secp256k1. */
  readonly privateKey: Uint8Array;
  /** PEM: the node certificate and its agencies. */
  readonly cert: string;
  /** PEM: the chain CA. */
  readonly ca: string;
  readonly chainId: number;
  /** The address to come from, for tests with many of them. */
  readonly localAddress?: string;
}

/** A peer that was admitted and speaks for itself from then on: what it sends reaches the yamux layer as it is. */
export interface RawPeer {
  readonly nodeId: NodeId;
  readonly isOpen: boolean;
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<void>;
  /** Bytes of the yamux layer. False: more should wait for {@link RawPeer.drained}. */
  send(bytes: Uint8Array): boolean;
  drained(): Promise<void>;
  /** Hands over what the other side sent on the yamux layer, from the first byte. One handler. */
  onData(handler: (bytes: Uint8Array) => void): void;
  /** Reads nothing more from the socket. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

/** Dials, proves its key, is admitted, agrees on yamux, and then hands over the connection. Rejects when refused. */
export async function connectRaw(options: RawPeerOptions): Promise<RawPeer> {
  const nodeId = nodeIdOfPrivateKey(options.privateKey)!;
  const admission = createAdmission(
    { ca: options.ca, cert: options.cert, blacklist: [], whitelist: [] },
    { nodeId, chainId: options.chainId },
    systemClock,
  );
  const gate = { hello: admission.hello, judge: admission.judge, begun() {}, proved() {}, admitted() {}, refused() {} };
  const muxer = handOver();
  const { localAddress } = options;
  const host = await createLibp2p({
    privateKey: privateKeyFromRaw(options.privateKey),
    transports: [tcp({ dialOpts: localAddress === undefined ? {} : ({ localAddress } as object) })],
    connectionEncrypters: [admissionEncrypter(gate, systemClock)],
    streamMuxers: [() => muxer.factory],
    connectionMonitor: { enabled: false },
  });
  try {
    const connection = await host.dial(addressToMultiaddr(options), { force: true });
    const wire = muxer.wire();
    const closed = new Promise<void>((resolve) => {
      wire.stream.addEventListener("close", () => resolve());
      if (connection.status !== "open") resolve();
    });
    return {
      nodeId,
      get isOpen() {
        return connection.status === "open";
      },
      closed,
      send: (bytes) => wire.stream.send(bytes),
      drained: () => wire.stream.onDrain(),
      onData: wire.onData,
      pause: () => wire.stream.pause(),
      resume: () => wire.stream.resume(),
      async close() {
        connection.abort(p2pError("NETWORK_CLOSED", "the test is over"));
        await host.stop();
      },
    };
  } catch (error) {
    await host.stop();
    throw error;
  }
}

/** Pretends to be yamux and leaves the connection to the caller. */
function handOver() {
  let stream: MessageStream | null = null;
  const early: Uint8Array[] = [];
  let take = (bytes: Uint8Array): void => void early.push(bytes);
  const factory: StreamMuxerFactory = {
    protocol: "/yamux/1.0.0",
    createStreamMuxer(connection) {
      stream = connection;
      stream.addEventListener("message", (event) => take(event.data.subarray().slice()));
      const muxer = Object.assign(new EventTarget(), {
        protocol: "/yamux/1.0.0",
        streams: [],
        status: "open",
        createStream: () => Promise.reject(p2pError("STREAM_REFUSED", "a raw peer has no streams")),
        abort() {},
        close: () => Promise.resolve(),
      });
      return muxer as unknown as StreamMuxer;
    },
  };
  return {
    factory,
    wire: () => ({
      stream: stream!,
      onData(handler: (bytes: Uint8Array) => void) {
        for (const bytes of early.splice(0)) handler(bytes);
        take = handler;
      },
    }),
  };
}
