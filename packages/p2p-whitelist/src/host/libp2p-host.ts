import { isIPv4, isIPv6 } from "node:net";
import { privateKeyFromRaw } from "@libp2p/crypto/keys";
import type { MultiaddrConnection, StreamMuxerFactory } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { createLibp2p, type Libp2p, type Libp2pOptions } from "libp2p";
import { LIMITS } from "../limits.ts";
import type { PeerAddress } from "../options.ts";
import { forgetfulDatastore } from "./forgetful-datastore.ts";

type EncrypterFactory = NonNullable<Libp2pOptions["connectionEncrypters"]>[number];

export function addressToMultiaddr(address: PeerAddress): Multiaddr {
  const kind = isIPv4(address.host) ? "ip4" : isIPv6(address.host) ? "ip6" : "dns";
  return multiaddr(`/${kind}/${address.host}/tcp/${address.port}`);
}

/** `host:port`, with brackets around IPv6, of a TCP multiaddr. */
export function multiaddrToText(address: Multiaddr | string): string {
  const [, kind, host, , port] = address.toString().split("/");
  return kind === "ip6" ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * A libp2p node with TCP, our encrypter and yamux, and nothing that talks on its own: no identify, no discovery, no
 * monitor, no automatic dials. It remembers nobody.
 */
export async function createHost(
  options: { readonly privateKey: Uint8Array; readonly listen: PeerAddress; readonly maxPeers: number },
  encrypter: EncrypterFactory,
  border: {
    /** Whether a connection that came in is taken; one that is not is closed. */
    enter(raw: MultiaddrConnection): Promise<boolean>;
    muxer(factory: StreamMuxerFactory): StreamMuxerFactory;
  },
): Promise<Libp2p> {
  const createMuxer = yamux({
    // Liveness is ours (control stream). Without round-trip times windows also stay as they are, so that what a peer
    // sees of a stream does not depend on timing (SPEC 5.1), and the guard knows what a peer may send.
    enableKeepAlive: false,
    maxInboundStreams: LIMITS.streams,
    maxOutboundStreams: LIMITS.streams,
    streamOptions: {
      initialStreamWindowSize: LIMITS.windowBytes,
      maxStreamWindowSize: LIMITS.windowBytes,
      maxReadBufferLength: LIMITS.pausedBytes,
      maxWriteBufferLength: LIMITS.unwrittenBytes,
    },
  });
  const config: Libp2pOptions = {
    start: false,
    datastore: forgetfulDatastore,
    privateKey: privateKeyFromRaw(options.privateKey),
    addresses: { listen: [addressToMultiaddr(options.listen).toString()] },
    transports: [
      tcp({
        inboundSocketInactivityTimeout: 4 * LIMITS.silenceMs,
        outboundSocketInactivityTimeout: 4 * LIMITS.silenceMs,
      }),
    ],
    connectionEncrypters: [encrypter],
    streamMuxers: [() => border.muxer(createMuxer())],
    connectionGater: { denyInboundConnection: async (raw) => !(await border.enter(raw)) },
    connectionManager: {
      // Our own bounds are checked at the border and at admission; libp2p must not refuse or prune before that.
      maxConnections: 2 * options.maxPeers + 16,
      maxIncomingPendingConnections: Number.MAX_SAFE_INTEGER,
      inboundConnectionThreshold: Number.MAX_SAFE_INTEGER,
      reconnectRetries: 0,
      dialTimeout: LIMITS.admissionMs + LIMITS.lingerMs,
      addressDialTimeout: LIMITS.admissionMs + LIMITS.lingerMs,
      connectionCloseTimeout: LIMITS.lingerMs,
    },
    connectionMonitor: { enabled: false },
  };
  return createLibp2p(config);
}
