import type { NodeId } from "@fb/types";

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
  /**
   * Agencies none of whose nodes is admitted, by the SHA-256 of their public key (SPEC 3.7), 64 lowercase hex digits; wins
   * over both whitelists.
   */
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

/** Of a group's channel in another thread than the network. */
export interface RemoteChannelOptions {
  readonly self: NodeId;
  /** As of the exposed channel. */
  readonly maxPayloadBytes: number;
}
