import type { Height, NodeId } from "@fb/types";
import type { BlockGap } from "../api.ts";
import type { PeerFaultCode } from "../errors.ts";
import type { Batch } from "./batch.ts";
import { BatchQueue, type BatchQueueOptions } from "./batch-queue.ts";
import { type DownloadPeer, DownloadPeers } from "./peers.ts";

export interface SchedulerOptions extends BatchQueueOptions {
  /** What an answer is expected to hold at most, in bytes; a single larger block comes alone. */
  readonly batchBytes: number;
  /** Bytes of blocks that wait for import at most. An answer that everything else waits for is taken beyond it. */
  readonly maxBytes: number;
  readonly requestTimeoutMs: number;
  readonly backOffMs: number;
}

/** What happened. Times are monotonic milliseconds. */
export type DownloadInput<T> =
  /** A peer claims to serve the blocks from `lowest` to `height`. */
  | { readonly type: "claim"; readonly peer: NodeId; readonly height: Height; readonly lowest: Height }
  | { readonly type: "gone"; readonly peer: NodeId }
  /** The durable head moved, by whatever way. */
  | { readonly type: "head"; readonly height: Height }
  /** Catch up with the highest claim. */
  | { readonly type: "start" }
  /** Ask for nothing more while it is on. */
  | { readonly type: "pause"; readonly on: boolean }
  | { readonly type: "tick" }
  /**
   * Blocks of an answer, consecutive from the first one asked for; none = the peer has none. They hold `bytes`. The peer
   * keeps blocks from `lowest` on.
   */
  | {
      readonly type: "received";
      readonly peer: NodeId;
      readonly id: number;
      readonly blocks: readonly T[];
      readonly bytes: number;
      readonly lowest: Height;
    }
  /** An answer that is not what was asked for. */
  | { readonly type: "invalid"; readonly peer: NodeId; readonly id: number; readonly code: PeerFaultCode }
  /** Every block of the batch under import is in the chain. */
  | { readonly type: "imported" }
  /** The first block of the batch under import that is not in the chain is its server's fault. */
  | { readonly type: "refused"; readonly code: PeerFaultCode };

export type DownloadEffect<T> =
  | {
      readonly type: "request";
      readonly peer: NodeId;
      readonly id: number;
      readonly from: Height;
      readonly count: number;
    }
  /** Import in order; answered by `imported` or `refused`. */
  | { readonly type: "import"; readonly blocks: readonly T[] }
  /** An answer for which there is no room; asked for again later. */
  | { readonly type: "discard"; readonly bytes: number }
  | { readonly type: "fault"; readonly peer: NodeId; readonly code: PeerFaultCode };

/** Of the request time-out, after which the batch everybody waits for is given to an idle peer. */
const HEDGE_DIVISOR = 4;

/**
 * Decides who is asked for which blocks and in which order they are imported: a pure machine without clock and network.
 * One request a peer, one import at a time. What is held is bounded in bytes: a batch behind the first one is asked for
 * only when its answer has room beside all others, and an answer larger than expected is discarded when it has none.
 */
export class DownloadScheduler<T> {
  readonly #options: SchedulerOptions;
  readonly #peers: DownloadPeers;
  readonly #batches: BatchQueue<T>;
  /** What an answer is expected to hold: the last one imported tells, whatever peers send. */
  #answerBytes: number;
  #head: Height;
  #startedAt: Height;
  #active = false;
  #paused = false;
  #nextId = 1;
  #effects: DownloadEffect<T>[] = [];

  constructor(options: SchedulerOptions, head: Height) {
    this.#options = options;
    this.#peers = new DownloadPeers(options.backOffMs);
    this.#batches = new BatchQueue(options);
    this.#answerBytes = options.batchBytes;
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

  /** Bytes of blocks that wait for import or are imported. */
  get heldBytes(): number {
    return this.#batches.heldBytes;
  }

  /** Faults of a peer that its successes have not made up for. */
  failures(peer: NodeId): number {
    return this.#peers.get(peer)?.failures ?? 0;
  }

  /** Highest height that could be reached. */
  best(now: number): Height {
    return this.#peers.reach(this.#head, now);
  }

  /** See {@link DownloadPeers.gap}. */
  get gap(): BlockGap | null {
    return this.#peers.gap(this.#head);
  }

  step(input: DownloadInput<T>, now: number): readonly DownloadEffect<T>[] {
    this.#effects = [];
    this.#apply(input, now);
    this.#batches.skipTo(this.#head);
    if (this.#active) {
      if (!this.#paused) {
        this.#batches.extend(this.#head, this.best(now));
        this.#assign(now);
      }
      this.#import();
      if (this.#batches.first === undefined && this.#head >= this.best(now)) this.#active = false;
    }
    return this.#effects;
  }

  #apply(input: DownloadInput<T>, now: number): void {
    switch (input.type) {
      case "claim":
        this.#peers.claim(input.peer, input.height, input.lowest);
        return;
      case "gone":
        this.#gone(input.peer);
        return;
      case "head":
        this.#head = Math.max(this.#head, input.height);
        return;
      case "start":
        if (this.#active || this.best(now) <= this.#head) return;
        this.#active = true;
        this.#startedAt = this.#head;
        return;
      case "pause":
        this.#paused = input.on;
        return;
      case "tick":
        this.#tick(now);
        return;
      case "received":
        this.#received(input, now);
        return;
      case "invalid":
        this.#invalid(input.peer, input.id, input.code, now);
        return;
      case "imported":
        this.#imported();
        return;
      case "refused":
        this.#refused(input.code, now);
        return;
    }
  }

  #gone(id: NodeId): void {
    this.#peers.remove(id);
    for (const batch of this.#batches.all) {
      if (batch.state.type === "downloading" && batch.state.peer === id) batch.retry();
    }
  }

  #tick(now: number): void {
    const { requestTimeoutMs } = this.#options;
    for (const [position, batch] of this.#batches.all.entries()) {
      const { state } = batch;
      if (state.type !== "downloading") continue;
      const peer = this.#peers.get(state.peer);
      const elapsed = now - state.startedAt;
      if (elapsed >= requestTimeoutMs) {
        if (peer !== undefined) this.#fault(peer, "REQUEST_TIMEOUT", now);
        batch.retry();
      } else if (position === 0) {
        // Everything behind waits for this one: somebody idle may be faster. The late answer is simply not used.
        const other = this.#peers.pick(batch.from, new Set([...batch.avoid, state.peer]), now);
        const isLate = elapsed >= requestTimeoutMs / HEDGE_DIVISOR;
        if (other === null || (!isLate && other.failures >= this.failures(state.peer))) continue;
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
    const isFor = ({ state }: Batch<T>) => state.type === "downloading" && state.peer === id && state.id === request;
    return { peer, batch: this.#batches.all.find(isFor) };
  }

  #received(answer: DownloadInput<T> & { readonly type: "received" }, now: number): void {
    const { blocks, bytes } = answer;
    const { peer, batch } = this.#answered(answer.peer, answer.id);
    if (peer === undefined || batch === undefined || batch.state.type !== "downloading") return;
    this.#peers.claim(peer.id, peer.height, answer.lowest);
    if (blocks.length === 0 && batch.from < answer.lowest) {
      // It has pruned the block since it told what it keeps: no fault.
      batch.retry();
      return;
    }
    if (blocks.length === 0) {
      peer.height = Math.min(peer.height, batch.from - 1);
      this.#fault(peer, "HEIGHT_NOT_SERVED", now);
      batch.retry();
      return;
    }
    this.#peers.succeeded(peer, blocks.length, now - batch.state.startedAt);
    if (batch === this.#batches.first || this.heldBytes + bytes <= this.#options.maxBytes) {
      this.#batches.received(batch, blocks, bytes);
    } else {
      batch.discard(bytes);
      this.#effects.push({ type: "discard", bytes });
    }
  }

  #invalid(id: NodeId, request: number, code: PeerFaultCode, now: number): void {
    const { peer, batch } = this.#answered(id, request);
    if (peer !== undefined) this.#fault(peer, code, now);
    batch?.retry();
  }

  #imported(): void {
    const { first } = this.#batches;
    if (first?.state.type !== "importing") return;
    this.#answerBytes = Math.max(this.#options.batchBytes, first.state.bytes);
    this.#batches.dropFirst();
  }

  /** What else the faulty server delivered is not believed either. */
  #refused(code: PeerFaultCode, now: number): void {
    const { first } = this.#batches;
    if (first === undefined || first.state.type !== "importing") return;
    const faulty = first.state.peer;
    const peer = this.#peers.get(faulty);
    if (peer !== undefined) this.#fault(peer, code, now);
    for (const batch of this.#batches.all) {
      const { state } = batch;
      if ((state.type === "downloaded" || state.type === "importing") && state.peer === faulty) batch.retry();
    }
  }

  #fault(peer: DownloadPeer, code: PeerFaultCode, now: number): void {
    this.#peers.failed(peer, now);
    this.#effects.push({ type: "fault", peer: peer.id, code });
  }

  #assign(now: number): void {
    let room = this.#options.maxBytes - this.heldBytes - this.#batches.underWay * this.#answerBytes;
    for (const [position, batch] of this.#batches.all.entries()) {
      if (batch.state.type !== "awaiting") continue;
      const expected = Math.max(this.#answerBytes, batch.discardedBytes);
      if (position > 0 && room < expected) return;
      if (!this.#peers.hasOther(batch.from, batch.avoid)) batch.avoid.clear();
      const peer = this.#peers.pick(batch.from, batch.avoid, now);
      if (peer === null) continue;
      const id = this.#nextId++;
      peer.busy = { request: id, deadline: now + this.#options.requestTimeoutMs };
      // Not asked for what it does not claim; the rest of the batch comes from somebody else.
      const count = Math.min(batch.count, peer.height - batch.from + 1);
      batch.download(peer.id, id, now);
      room -= expected;
      this.#effects.push({ type: "request", peer: peer.id, id, from: batch.from, count });
    }
  }

  #import(): void {
    const { first } = this.#batches;
    if (first === undefined || first.state.type !== "downloaded") return;
    first.importing();
    this.#effects.push({ type: "import", blocks: first.state.blocks });
  }
}
