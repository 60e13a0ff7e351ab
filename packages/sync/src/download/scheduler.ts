import type { Height, NodeId } from "@fb/types";
import type { PeerFaultCode } from "../errors.ts";
import { Batch } from "./batch.ts";
import { type DownloadPeer, DownloadPeers } from "./peers.ts";

export interface SchedulerOptions {
  readonly batchBlocks: number;
  readonly maxBatches: number;
  readonly requestTimeoutMs: number;
  readonly backOffMs: number;
}

/** What happened. Times are monotonic milliseconds. */
export type DownloadInput<T> =
  /** A peer claims a height. */
  | { readonly t: "claim"; readonly peer: NodeId; readonly height: Height }
  | { readonly t: "gone"; readonly peer: NodeId }
  /** The durable head moved, by whatever way. */
  | { readonly t: "head"; readonly height: Height }
  /** Catch up with the highest claim. */
  | { readonly t: "start" }
  | { readonly t: "tick" }
  /** Blocks of an answer, consecutive from the first one asked for; none = the peer has none. */
  | { readonly t: "received"; readonly peer: NodeId; readonly id: number; readonly blocks: readonly T[] }
  /** An answer that is not what was asked for. */
  | { readonly t: "garbled"; readonly peer: NodeId; readonly id: number; readonly code: PeerFaultCode }
  /** Every block of the batch under import is in the chain. */
  | { readonly t: "imported" }
  /** The first block of the batch under import that is not in the chain is its server's fault. */
  | { readonly t: "refused"; readonly code: PeerFaultCode };

export type DownloadEffect<T> =
  | { readonly t: "request"; readonly peer: NodeId; readonly id: number; readonly from: Height; readonly count: number }
  /** Import in order; answered by `imported` or `refused`. */
  | { readonly t: "import"; readonly blocks: readonly T[] }
  | { readonly t: "fault"; readonly peer: NodeId; readonly code: PeerFaultCode };

/** Of the request time-out, after which the batch everybody waits for is given to an idle peer. */
const HEDGE_DIVISOR = 4;

/**
 * Decides who is asked for which blocks and in which order they are imported: a pure machine without clock and network.
 * At most `maxBatches` batches exist, one request a peer, one import at a time.
 */
export class DownloadScheduler<T> {
  readonly #options: SchedulerOptions;
  readonly #peers: DownloadPeers;
  /** Consecutive, ascending. */
  #batches: Batch<T>[] = [];
  #head: Height;
  #startedAt: Height;
  #active = false;
  #nextId = 1;
  #effects: DownloadEffect<T>[] = [];

  constructor(options: SchedulerOptions, head: Height) {
    this.#options = options;
    this.#peers = new DownloadPeers(options.backOffMs);
    this.#head = head;
    this.#startedAt = head;
  }

  get active(): boolean {
    return this.#active;
  }

  /** Head when the download began. */
  get startedAt(): Height {
    return this.#active ? this.#startedAt : this.#head;
  }

  /** Highest height that could be reached. */
  best(now: number): Height {
    return this.#peers.best(now);
  }

  step(input: DownloadInput<T>, now: number): readonly DownloadEffect<T>[] {
    this.#effects = [];
    this.#apply(input, now);
    this.#dropDone();
    if (this.#active) {
      this.#plan(now);
      this.#assign(now);
      this.#import();
      if (this.#batches.length === 0 && this.#head >= this.#peers.best(now)) this.#active = false;
    }
    return this.#effects;
  }

  #apply(input: DownloadInput<T>, now: number): void {
    switch (input.t) {
      case "claim":
        this.#peers.claim(input.peer, input.height);
        return;
      case "gone":
        this.#gone(input.peer);
        return;
      case "head":
        this.#head = Math.max(this.#head, input.height);
        return;
      case "start":
        if (this.#active || this.#peers.best(now) <= this.#head) return;
        this.#active = true;
        this.#startedAt = this.#head;
        return;
      case "tick":
        this.#tick(now);
        return;
      case "received":
        this.#received(input.peer, input.id, input.blocks, now);
        return;
      case "garbled":
        this.#garbled(input.peer, input.id, input.code, now);
        return;
      case "imported":
        this.#batches.shift();
        return;
      case "refused":
        this.#refused(input.code, now);
        return;
    }
  }

  #gone(id: NodeId): void {
    this.#peers.remove(id);
    for (const batch of this.#batches) {
      if (batch.state.s === "downloading" && batch.state.peer === id) batch.retry();
    }
  }

  #tick(now: number): void {
    const { requestTimeoutMs } = this.#options;
    for (const [position, batch] of this.#batches.entries()) {
      const { state } = batch;
      if (state.s !== "downloading") continue;
      const peer = this.#peers.get(state.peer);
      const elapsed = now - state.startedAt;
      if (elapsed >= requestTimeoutMs) {
        if (peer !== undefined) this.#fault(peer, "REQUEST_TIMEOUT", now);
        batch.retry();
      } else if (position === 0 && elapsed >= requestTimeoutMs / HEDGE_DIVISOR) {
        // Everything behind waits for this one: somebody idle may be faster. The late answer is simply not used.
        const avoid = new Set([...batch.avoid, state.peer]);
        if (this.#peers.pick(batch.from, avoid, now) === null) continue;
        if (peer !== undefined) peer.msPerBlock = Math.max(peer.msPerBlock ?? 0, elapsed / batch.count);
        batch.retry();
      }
    }
    this.#peers.release(now);
  }

  /** The batch a request was for; undefined when it was given to somebody else meanwhile. Frees the peer. */
  #answered(id: NodeId, request: number): { peer: DownloadPeer | undefined; batch: Batch<T> | undefined } {
    const peer = this.#peers.get(id);
    if (peer?.busy?.request === request) peer.busy = null;
    const isFor = ({ state }: Batch<T>) => state.s === "downloading" && state.peer === id && state.id === request;
    return { peer, batch: this.#batches.find(isFor) };
  }

  #received(id: NodeId, request: number, blocks: readonly T[], now: number): void {
    const { peer, batch } = this.#answered(id, request);
    if (peer === undefined || batch === undefined || batch.state.s !== "downloading") return;
    if (blocks.length === 0) {
      peer.height = Math.min(peer.height, batch.from - 1);
      this.#fault(peer, "HEIGHT_NOT_SERVED", now);
      batch.retry();
      return;
    }
    this.#peers.succeeded(peer, blocks.length, now - batch.state.startedAt);
    const missing = batch.count - blocks.length;
    batch.received(blocks);
    if (missing > 0) this.#batches.splice(this.#batches.indexOf(batch) + 1, 0, new Batch<T>(batch.end + 1, missing));
  }

  #garbled(id: NodeId, request: number, code: PeerFaultCode, now: number): void {
    const { peer, batch } = this.#answered(id, request);
    if (peer !== undefined) this.#fault(peer, code, now);
    batch?.retry();
  }

  /** What else the liar delivered is not believed either. */
  #refused(code: PeerFaultCode, now: number): void {
    const [first] = this.#batches;
    if (first === undefined || first.state.s !== "importing") return;
    const liar = first.state.peer;
    const peer = this.#peers.get(liar);
    if (peer !== undefined) this.#fault(peer, code, now);
    for (const batch of this.#batches) {
      const { state } = batch;
      if ((state.s === "downloaded" || state.s === "importing") && state.peer === liar) batch.retry();
    }
  }

  #fault(peer: DownloadPeer, code: PeerFaultCode, now: number): void {
    this.#peers.failed(peer, now);
    this.#effects.push({ t: "fault", peer: peer.id, code });
  }

  #dropDone(): void {
    while (this.#batches.length > 0) {
      const first = this.#batches[0]!;
      if (first.state.s === "importing") return;
      if (first.end > this.#head) break;
      this.#batches.shift();
    }
    this.#batches[0]?.skipTo(this.#head);
  }

  /** Keeps the row of batches as long as claims and memory allow; cuts off what nobody claims any more. */
  #plan(now: number): void {
    const best = this.#peers.best(now);
    while (this.#batches.length > 0) {
      const last = this.#batches.at(-1)!;
      if (last.end <= best || last.state.s !== "awaiting") break;
      if (last.from > best) this.#batches.pop();
      else last.count = best - last.from + 1;
    }
    for (;;) {
      const from = (this.#batches.at(-1)?.end ?? this.#head) + 1;
      if (from > best || this.#batches.length >= this.#options.maxBatches) return;
      this.#batches.push(new Batch<T>(from, Math.min(this.#options.batchBlocks, best - from + 1)));
    }
  }

  #assign(now: number): void {
    for (const batch of this.#batches) {
      if (batch.state.s !== "awaiting") continue;
      if (!this.#peers.hasOther(batch.from, batch.avoid)) batch.avoid.clear();
      const peer = this.#peers.pick(batch.from, batch.avoid, now);
      if (peer === null) continue;
      const id = this.#nextId++;
      peer.busy = { request: id, deadline: now + this.#options.requestTimeoutMs };
      // Not asked for what it does not claim; the rest of the batch comes from somebody else.
      const count = Math.min(batch.count, peer.height - batch.from + 1);
      batch.download(peer.id, id, now);
      this.#effects.push({ t: "request", peer: peer.id, id, from: batch.from, count });
    }
  }

  #import(): void {
    const first = this.#batches[0];
    if (first === undefined || first.state.s !== "downloaded") return;
    first.importing();
    this.#effects.push({ t: "import", blocks: first.state.blocks });
  }
}
