import type { Height, NodeId } from "@fb/types";
import type { BlockGap } from "../api.ts";

/** What the download knows of a peer. */
export interface DownloadPeer {
  readonly id: NodeId;
  /** Highest height it claims to serve. */
  height: Height;
  /** Lowest one; over one connection it never falls, because what is pruned does not come back. */
  lowest: Height;
  /** Faults that later successes have not made up for. */
  failures: number;
  /** Not asked before this time. */
  retryAt: number;
  /** The request it has not answered; null when it can be asked. */
  busy: { readonly request: number; readonly deadline: number } | null;
  /** Smoothed time for one block; null before the first answer. */
  msPerBlock: number | null;
}

/** A peer this many times slower than the fastest is left out while there are others. */
const SLOW_FACTOR = 8;
const MAX_DOUBLINGS = 6;

/** The peers blocks can be asked of, scored. */
export class DownloadPeers {
  readonly #peers = new Map<NodeId, DownloadPeer>();
  readonly #backOffMs: number;

  constructor(backOffMs: number) {
    this.#backOffMs = backOffMs;
  }

  get(id: NodeId): DownloadPeer | undefined {
    return this.#peers.get(id);
  }

  claim(id: NodeId, height: Height, lowest: Height): void {
    const peer = this.#peers.get(id);
    if (peer !== undefined) Object.assign(peer, { height, lowest: Math.max(peer.lowest, lowest) });
    else this.#peers.set(id, { id, height, lowest, failures: 0, retryAt: 0, busy: null, msPerBlock: null });
  }

  /** It went away. What it failed at is not forgotten by that. */
  remove(id: NodeId): void {
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    if (peer.failures === 0) this.#peers.delete(id);
    else Object.assign(peer, { height: 0, lowest: 0, busy: null });
  }

  /**
   * How far a chain at `head` gets with those who are not backed off from, each from where the others end: a peer that
   * never delivers, or that keeps only what comes later, cannot keep a download open.
   */
  reach(head: Height, now: number): Height {
    const able = [...this.#peers.values()].filter(({ retryAt }) => retryAt <= now);
    let reach = head;
    for (const { height, lowest } of able.sort((a, b) => a.lowest - b.lowest)) {
      if (lowest <= reach + 1) reach = Math.max(reach, height);
    }
    return reach;
  }

  /** The first block above `head` that nobody keeps although somebody is ahead, and the lowest that those keep. */
  gap(head: Height): BlockGap | null {
    const reach = this.reach(head, Number.POSITIVE_INFINITY);
    const ahead = [...this.#peers.values()].filter(({ height }) => height > reach);
    if (ahead.length === 0) return null;
    return { from: reach + 1, lowest: Math.min(...ahead.map(({ lowest }) => lowest)) };
  }

  succeeded(peer: DownloadPeer, blocks: number, ms: number): void {
    const sample = ms / blocks;
    peer.msPerBlock = peer.msPerBlock === null ? sample : 0.7 * peer.msPerBlock + 0.3 * sample;
    peer.failures = Math.max(0, peer.failures - 1);
  }

  failed(peer: DownloadPeer, now: number): void {
    peer.retryAt = now + this.#backOffMs * 2 ** Math.min(peer.failures, MAX_DOUBLINGS);
    peer.failures++;
  }

  /** Frees peers whose request is overdue. */
  release(now: number): void {
    for (const peer of this.#peers.values()) if (peer.busy !== null && peer.busy.deadline <= now) peer.busy = null;
  }

  /** The best peer to ask for a height now: fewest failures, then fastest; null when nobody can be asked. */
  pick(height: Height, avoid: ReadonlySet<NodeId>, now: number): DownloadPeer | null {
    const able = [...this.#peers.values()].filter((peer) => serves(peer, height) && !avoid.has(peer.id));
    const fastest = Math.min(...able.map((peer) => (peer.retryAt > now ? Infinity : (peer.msPerBlock ?? Infinity))));
    let best: DownloadPeer | null = null;
    for (const peer of able) {
      if (peer.busy !== null || peer.retryAt > now) continue;
      if (peer.msPerBlock !== null && peer.msPerBlock > SLOW_FACTOR * Math.max(1, fastest)) continue;
      if (best === null || compare(peer, best) < 0) best = peer;
    }
    return best;
  }

  /** Whether anyone at all claims a height and is not avoided, be it busy or backing off. */
  hasOther(height: Height, avoid: ReadonlySet<NodeId>): boolean {
    for (const peer of this.#peers.values()) if (serves(peer, height) && !avoid.has(peer.id)) return true;
    return false;
  }
}

function serves({ height, lowest }: DownloadPeer, wanted: Height): boolean {
  return lowest <= wanted && wanted <= height;
}

/** A peer never asked comes first among equals, so that its speed becomes known. */
function compare(a: DownloadPeer, b: DownloadPeer): number {
  return a.failures - b.failures || (a.msPerBlock ?? 0) - (b.msPerBlock ?? 0) || (a.id < b.id ? -1 : 1);
}
