import { fromHex, type GroupChannel, type NodeId, toHex } from "@fb/types";
import { LINK_BYTES, MAX_LINKS, wire } from "../wire.ts";

/** Beginning of a node id, which is a public key, in hex digits. */
const LINK_DIGITS = 2 * LINK_BYTES;

/** Who is connected to whom, as the members themselves say (SPEC 5.2). A claim: it saves messages and proves nothing. */
export class Links {
  readonly #channel: GroupChannel;
  readonly #byPeer = new Map<NodeId, ReadonlySet<string>>();

  constructor(channel: GroupChannel) {
    this.#channel = channel;
  }

  /** Tells all members whom this node is connected to. */
  tell(): void {
    this.#channel.broadcast("txs", this.#encode());
  }

  /** False when the message is malformed. */
  onLinks(peer: NodeId, members: Uint8Array): boolean {
    const count = members.length / LINK_BYTES;
    if (!Number.isInteger(count) || count > MAX_LINKS) return false;
    const links = new Set<string>();
    for (let i = 0; i < count; i++) links.add(toHex(members.subarray(i * LINK_BYTES, (i + 1) * LINK_BYTES)));
    // It may have started after we told it, which is lost then.
    if (!this.#byPeer.has(peer)) this.#channel.send(peer, "txs", this.#encode());
    this.#byPeer.set(peer, links);
    return true;
  }

  gone(peer: NodeId): void {
    this.#byPeer.delete(peer);
  }

  /** Members connected here that `peer` is not connected to, as far as it said. */
  beyond(peer: NodeId): readonly NodeId[] {
    const links = this.#byPeer.get(peer);
    return this.#channel.peers().filter((id) => id !== peer && links?.has(id.slice(0, LINK_DIGITS)) !== true);
  }

  #encode(): Uint8Array {
    const members = this.#channel.peers().slice(0, MAX_LINKS);
    const bytes = new Uint8Array(members.length * LINK_BYTES);
    for (const [i, id] of members.entries()) bytes.set(fromHex(id.slice(0, LINK_DIGITS))!, i * LINK_BYTES);
    return wire.encode("TxsMessage", { links: { members: bytes } });
  }
}
