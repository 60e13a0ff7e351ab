import type { Clock, Logger } from "@fb/runtime";
import { equalBytes, type GroupChannel, type HeadInfo, type Height, type NodeId, toHex } from "@fb/types";
import type { PeerStatus } from "../api.ts";
import type { SyncOptions } from "../options.ts";
import type { SyncChain } from "../ports.ts";
import { HASH_BYTES, lowestField, PROTOCOL, type StatusMessage, wire } from "../wire.ts";
import { credibleClaims } from "./credible-claims.ts";

export interface StatusDeps {
  readonly channel: GroupChannel;
  readonly chain: SyncChain;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What members say of themselves, and saying it ourselves: on change, at most every `statusMinIntervalMs`, and on a slow beat. */
export class StatusExchange {
  readonly #options: SyncOptions;
  readonly #deps: StatusDeps;
  readonly #peers = new Map<NodeId, PeerStatus>();
  /** Members of another genesis or protocol, told once while connected. */
  readonly #strangers = new Set<NodeId>();
  #lastSent = Number.NEGATIVE_INFINITY;
  #cancelPending: (() => void) | null = null;

  constructor(options: SyncOptions, deps: StatusDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  peers(): readonly PeerStatus[] {
    return [...this.#peers.values()].sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
  }

  /**
   * The highest of this node's head and what enough sealers claim. A claim is no proof: of those that are credible, only
   * those of the members that failed least to serve what they claim count.
   */
  highest(failures: (peer: NodeId) => number): { readonly height: Height; readonly hash: Uint8Array } {
    const { hash, header } = this.#deps.chain.head();
    const own = { height: header.number, hash };
    const { sealers } = this.#deps.chain.members();
    const claims = credibleClaims(this.#options.consensus, sealers, (sealer) => this.#peers.get(sealer));
    const least = Math.min(...claims.map(({ nodeId }) => failures(nodeId)));
    const claim = claims.find(({ nodeId }) => failures(nodeId) === least);
    return claim !== undefined && claim.height > own.height ? claim : own;
  }

  greet(peer: NodeId): void {
    this.#deps.channel.send(peer, "sync", this.#encode(this.#deps.chain.head()));
  }

  gone(peer: NodeId): void {
    this.#peers.delete(peer);
    this.#strangers.delete(peer);
  }

  /** True when the status is of this chain; null when it is malformed. */
  onStatus(nodeId: NodeId, status: StatusMessage): boolean | null {
    if (status.genesis_hash.length !== HASH_BYTES || status.head_hash.length !== HASH_BYTES) return null;
    if ((status.lowest_block ?? 0) > status.height) return null;
    if (status.protocol !== PROTOCOL) return this.#ignore(nodeId, status, "peer-protocol-differs");
    if (!equalBytes(status.genesis_hash, this.#deps.chain.genesisHash)) {
      return this.#ignore(nodeId, status, "peer-genesis-differs");
    }
    // It may have started after our greeting, which is lost then.
    if (!this.#peers.has(nodeId)) this.greet(nodeId);
    const { height, rules_version: rulesVersion, lowest_block: lowest = 0 } = status;
    this.#peers.set(nodeId, { nodeId, height, lowest, hash: status.head_hash.slice(), rulesVersion });
    return true;
  }

  /** The head moved. */
  changed(): void {
    if (this.#cancelPending !== null) return;
    const wait = this.#lastSent + this.#options.statusMinIntervalMs - this.#deps.clock.monotonic();
    if (wait <= 0) this.broadcast();
    else this.#cancelPending = this.#deps.clock.after(wait, () => this.broadcast());
  }

  broadcast(): void {
    this.#cancelPending?.();
    this.#cancelPending = null;
    this.#lastSent = this.#deps.clock.monotonic();
    this.#deps.channel.broadcast("sync", this.#encode(this.#deps.chain.head()));
  }

  close(): void {
    this.#cancelPending?.();
    this.#cancelPending = null;
  }

  #encode({ hash, header }: HeadInfo): Uint8Array {
    const status: StatusMessage = {
      protocol: PROTOCOL,
      genesis_hash: this.#deps.chain.genesisHash,
      height: header.number,
      head_hash: hash,
      rules_version: this.#options.rulesVersion,
      ...lowestField(this.#deps.chain.lowestBlock()),
    };
    return wire.encode("SyncMessage", { status });
  }

  #ignore(peer: NodeId, status: StatusMessage, event: "peer-genesis-differs" | "peer-protocol-differs"): false {
    this.#peers.delete(peer);
    if (this.#strangers.has(peer)) return false;
    this.#strangers.add(peer);
    this.#deps.log.warn(event, {
      peer,
      protocol: status.protocol,
      genesis: toHex(status.genesis_hash),
      ownGenesis: toHex(this.#deps.chain.genesisHash),
      hint:
        event === "peer-genesis-differs"
          ? "one of the two nodes has another conf/group.N.genesis: compare the files and rebuild the wrong one"
          : "one of the two nodes runs an incompatible version: upgrade it",
    });
    return false;
  }
}
