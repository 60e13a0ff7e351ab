import type { GroupChannel, GroupId, NodeId } from "@fb/types";
import type { ReloadableOptions } from "./options.ts";

/** Who opened a connection, seen from here. */
export type Direction = "inbound" | "outbound";

export interface PeerInfo {
  readonly nodeId: NodeId;
  /** Remote `host:port` of the connection. */
  readonly address: string;
  readonly direction: Direction;
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
