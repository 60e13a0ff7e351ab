import type { Clock, Logger, MetricsRegister, Rng } from "@fb/runtime";
import type { GroupChannel, GroupId, NodeId } from "@fb/types";

export interface PeerAddress {
  /** IPv4, IPv6 (without brackets) or a host name. */
  readonly host: string;
  readonly port: number;
}

/** What can change while the network runs. */
export interface ReloadableOptions {
  /** Addresses to keep a connection to; the own address is recognised and skipped. */
  readonly peers: readonly PeerAddress[];
  /** Nodes that are never admitted; wins over the whitelist. */
  readonly blacklist: readonly NodeId[];
  /** Nodes that may be admitted; see `agencyWhitelist`. */
  readonly whitelist: readonly NodeId[];
  /** Agencies none of whose nodes is admitted, by {@link PeerInfo.agencyFingerprint}; wins over both whitelists. */
  readonly agencyBlacklist?: readonly string[];
  /** Agencies whose nodes may be admitted beside those of `whitelist`; both empty = every node with a good certificate. */
  readonly agencyWhitelist?: readonly string[];
  /** PEM: one or more chain CA certificates. */
  readonly ca: string;
  /** PEM: node certificate, then the agency certificates that lead to a chain CA; chain CAs among them are ignored. */
  readonly cert: string;
}

export interface NetworkOptions extends ReloadableOptions {
  /** The node key: 32 bytes of secp256k1. Identity on the network and key of the node certificate. */
  readonly privateKey: Uint8Array;
  /** chain.id; peers of another chain are refused. */
  readonly chainId: number;
  readonly listen: PeerAddress;
  /** Longest payload of a channel in bytes, 64 KiB to 64 MiB; default 16 MiB. */
  readonly maxPayloadBytes?: number;
  /** Connections at most; default 256. */
  readonly maxPeers?: number;
}

export interface NetworkDeps {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Logger;
  readonly metrics: MetricsRegister;
}

export interface PeerInfo {
  readonly nodeId: NodeId;
  /** Remote `host:port` of the connection. */
  readonly address: string;
  readonly direction: "inbound" | "outbound";
  /** Common name of the agency that issued the node's certificate; empty when the certificate names none. */
  readonly agency: string;
  /** SHA-256 of the public key of the agency, 64 lowercase hex digits: what the certificate lists name (SPEC 3.7). */
  readonly agencyFingerprint: string;
  /** Common name of the node's own certificate. */
  readonly name: string;
  /** Groups whose channel is open with this peer. */
  readonly groups: number;
}

/** The shared network of one node. */
export interface Network {
  readonly nodeId: NodeId;
  /** The bound TCP port; 0 before {@link start}. */
  readonly listenPort: number;
  /** Listens and begins to dial; rejects with LISTEN_FAILED. Idempotent. */
  start(): Promise<void>;
  /** Ends all channels and connections. Idempotent. */
  close(): Promise<void>;
  /**
   * Opens the channel of a group; its `close()` means that the group stopped here.
   * @throws GROUP_OPEN, NETWORK_CLOSED
   */
  group(groupId: GroupId, initialMembers: readonly NodeId[]): GroupChannel;
  /** Admitted peers, sorted by node id. */
  peers(): readonly PeerInfo[];
  /**
   * Replaces what is given and closes live connections that no longer qualify. All or nothing.
   * @throws OPTIONS_INVALID, CERTIFICATE_INVALID
   */
  reload(changes: Partial<ReloadableOptions>): void;
}
