import type { Clock } from "@fb/runtime";
import { concatBytes, type GroupChannel, type Hash, type Hex, type NodeId, toHex } from "@fb/types";
import type { SyncMetrics } from "../metrics.ts";
import type { SyncOptions } from "../options.ts";
import type { SyncPool } from "../ports.ts";
import { MAX_ANNOUNCED_HASHES, wire } from "../wire.ts";
import type { Links } from "./links.ts";

export interface TxRelayDeps {
  readonly channel: GroupChannel;
  readonly pool: SyncPool;
  readonly links: Links;
  readonly clock: Clock;
  readonly metrics: SyncMetrics;
}

/** Hashes that wait to be announced to one member at most; more are left to the beat. */
const MAX_WAITING = 4 * MAX_ANNOUNCED_HASHES;

/**
 * SPEC 5.2: passes transactions of members on, by hash. At once to the members that their sender does not reach itself,
 * which are none where everybody is connected to everybody; and on a slow beat, whatever still waits, to all.
 */
export class TxRelay {
  readonly #options: SyncOptions;
  readonly #deps: TxRelayDeps;
  readonly #waiting = new Map<NodeId, Map<Hex, Hash>>();
  /** Where the next beat goes on, in transactions that wait long enough. */
  #offset = 0;
  #linksChanged = false;
  #cancelFlush: (() => void) | null = null;

  constructor(options: SyncOptions, deps: TxRelayDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** `from` brought transactions that are new here. */
  pass(from: NodeId, hashes: readonly Hash[]): void {
    if (hashes.length === 0) return;
    for (const peer of this.#deps.links.beyond(from)) {
      let waiting = this.#waiting.get(peer);
      if (waiting === undefined) this.#waiting.set(peer, (waiting = new Map()));
      for (const hash of hashes) if (waiting.size < MAX_WAITING) waiting.set(toHex(hash), hash);
    }
    if (this.#waiting.size > 0) this.#schedule();
  }

  /** `peer` has these. */
  has(peer: NodeId, hashes: Iterable<Hash>): void {
    const waiting = this.#waiting.get(peer);
    if (waiting === undefined) return;
    for (const hash of hashes) waiting.delete(toHex(hash));
  }

  up(): void {
    this.#linksChanged = true;
    this.#schedule();
  }

  gone(peer: NodeId): void {
    this.#waiting.delete(peer);
    this.up();
  }

  /** Announces what has waited for a whole beat, some of it at each; who lacks one asks for it. */
  beat(): void {
    const { channel, clock, links } = this.#deps;
    links.tell();
    const old = this.#old(clock.now() - this.#options.announceMs);
    this.#announce(channel.peers(), old);
  }

  close(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = null;
  }

  #old(until: number): readonly Hash[] {
    const found: Hash[] = [];
    let at = 0;
    for (const { hash, arrivedAt } of this.#deps.pool.waiting()) {
      if (arrivedAt > until || found.length === MAX_ANNOUNCED_HASHES) break;
      if (at++ >= this.#offset) found.push(hash);
    }
    this.#offset = found.length === MAX_ANNOUNCED_HASHES ? this.#offset + found.length : 0;
    return found;
  }

  #schedule(): void {
    this.#cancelFlush ??= this.#deps.clock.after(this.#options.txBatchMs, () => this.#flush());
  }

  #flush(): void {
    this.#cancelFlush = null;
    if (this.#linksChanged) this.#deps.links.tell();
    this.#linksChanged = false;
    for (const [peer, waiting] of this.#waiting) {
      const left = [...waiting.values()].filter((hash) => this.#deps.pool.get(hash) !== null);
      for (let at = 0; at < left.length; at += MAX_ANNOUNCED_HASHES) {
        this.#announce([peer], left.slice(at, at + MAX_ANNOUNCED_HASHES));
      }
    }
    this.#waiting.clear();
  }

  #announce(peers: readonly NodeId[], hashes: readonly Hash[]): void {
    if (hashes.length === 0) return;
    const { channel, metrics } = this.#deps;
    const payload = wire.encode("TxsMessage", { announce: { hashes: concatBytes(...hashes) } });
    for (const peer of peers) {
      metrics.txsAnnounced.inc({ outcome: channel.send(peer, "txs", payload) }, hashes.length);
    }
  }
}
