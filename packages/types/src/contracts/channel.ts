import type { PeerAction } from "../errors.ts";
import type { NodeId } from "../ids.ts";

/** The modules of a group that talk to peers; a number on the wire (p2p-whitelist SPEC 4.1). */
export const MODULES = { consensus: 1, sync: 2, txs: 3 } as const;
export type ModuleName = keyof typeof MODULES;

/**
 * `dropped` = the peer's queue is full, it is not connected, the payload is too long or the channel is closed; the sender
 * decides whether it matters. `queued` is no promise: the connection may end first.
 */
export type SendResult = "queued" | "dropped";

/**
 * A group's only door to the network. Bound to one group: no group id crosses it. Both directions are checked against
 * the ledger whitelist before a byte reaches a module. Bytes handed over must not be modified afterwards by either side.
 */
export interface GroupChannel {
  readonly self: NodeId;
  /** Longest payload accepted, in bytes; blocks need MAX_BLOCK_MESSAGE_BYTES (SPEC 13.8). */
  readonly maxPayloadBytes: number;
  /** Members connected now, sorted. */
  peers(): readonly NodeId[];
  send(peer: NodeId, module: ModuleName, payload: Uint8Array): SendResult;
  /** Sends to every connected member; returns how many were queued. */
  broadcast(module: ModuleName, payload: Uint8Array): number;
  /**
   * One handler per module (a second one throws HANDLER_TAKEN). It must not throw. Returns an unsubscribe function.
   * Messages of a module without a handler are dropped. A peer is announced to `onPeer` before its first message.
   */
  onMessage(module: ModuleName, handler: (from: NodeId, payload: Uint8Array) => void): () => void;
  /** A member came (`true`) or went. Called for members already connected at subscription. */
  onPeer(handler: (peer: NodeId, up: boolean) => void): () => void;
  /** Reports a fault seen in a peer's bytes. Closes at most this group to the peer, for a while; never other groups. */
  report(peer: NodeId, action: PeerAction, code: string): void;
  /** The committed member list (sealers and observers); decides who may open this channel from now on. */
  setMembers(members: readonly NodeId[]): void;
  /** The group stopped here: peers see it go, handlers hear nothing more. Idempotent. */
  close(): Promise<void>;
}
