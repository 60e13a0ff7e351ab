import type { Hex } from "@fb/types";
import { Origins } from "./origins.ts";
import { type PooledTransaction, SenderQueue } from "./pooled-transaction.ts";

/**
 * The pool's memory: every entry in arrival order; each is either ready, in the order in which it became so, or queued
 * behind a missing nonce. Knows nothing of limits and rules.
 */
export class PoolStore {
  /** All entries, in arrival order. */
  readonly entries = new Map<Hex, PooledTransaction>();
  /** Whose they are, and which of them can be sealed. */
  readonly origins = new Origins();
  /** Entries that wait for a missing nonce, the one that has done so longest first. */
  readonly queued = new Map<Hex, PooledTransaction>();
  readonly senders = new Map<Hex, SenderQueue>();
  readonly #byReplayKey = new Map<Hex, PooledTransaction>();
  readonly #byBlockLimit = new Map<number, Set<PooledTransaction>>();
  /** Raw bytes of all. */
  bytes = 0;
  /** Raw bytes of those queued. */
  queuedBytes = 0;

  /**
   * The caller has checked that hash, nonce and replay key are free and the nonce is not below the account's.
   *
   * @param accountNonce at the head; used for the first Ethereum transaction of a sender.
   */
  add(entry: PooledTransaction, accountNonce: number): void {
    let queue = this.senders.get(entry.sender);
    if (queue === undefined) this.senders.set(entry.sender, (queue = new SenderQueue(entry.sender)));
    this.entries.set(entry.hash, entry);
    this.origins.add(entry);
    this.bytes += entry.bytes;
    queue.cost += entry.cost;
    if (entry.replayKey === null) {
      if (queue.next < 0) queue.next = queue.readyEnd = accountNonce;
      queue.set(entry);
      if (entry.nonce === queue.readyEnd) this.#promote(queue);
      else this.#queue(entry);
      return;
    }
    queue.groupCount++;
    this.#byReplayKey.set(entry.replayKey.hex, entry);
    let bucket = this.#byBlockLimit.get(entry.blockLimit);
    if (bucket === undefined) this.#byBlockLimit.set(entry.blockLimit, (bucket = new Set()));
    bucket.add(entry);
    this.origins.makeReady(entry);
  }

  /** Takes one entry out; later nonces of its sender are queued again. */
  remove(entry: PooledTransaction): void {
    const queue = this.senders.get(entry.sender);
    this.#forget(entry, queue);
    if (queue !== undefined && entry.replayKey === null && entry.nonce < queue.readyEnd) {
      for (let nonce = entry.nonce + 1; nonce < queue.readyEnd; nonce++) {
        const later = queue.byNonce.get(nonce)!;
        this.origins.makeQueued(later);
        this.#queue(later);
      }
      queue.readyEnd = Math.max(queue.next, entry.nonce);
    }
    this.#release(queue);
  }

  /** The account's nonce became `next`: takes out everything below and returns it. */
  advance(sender: Hex, next: number): PooledTransaction[] {
    const queue = this.senders.get(sender);
    if (queue === undefined || queue.next < 0 || next <= queue.next) return [];
    const gone: PooledTransaction[] = [];
    // A jump beyond what is here (a block from elsewhere) must not cost a loop over the whole gap.
    if (next - queue.next > queue.byNonce.size) {
      for (const [nonce, entry] of queue.byNonce) if (nonce < next) gone.push(entry);
    } else {
      for (let nonce = queue.next; nonce < next; nonce++) {
        const entry = queue.byNonce.get(nonce);
        if (entry !== undefined) gone.push(entry);
      }
    }
    for (const entry of gone) this.#forget(entry, queue);
    queue.next = next;
    if (queue.readyEnd < next) queue.readyEnd = next;
    this.#promote(queue);
    this.#release(queue);
    return gone;
  }

  /** Takes out all Ethereum transactions of a sender, and what is known of its nonce, which is asked for anew. */
  forgetAccount(sender: Hex): PooledTransaction[] {
    const queue = this.senders.get(sender);
    if (queue === undefined) return [];
    const gone = [...queue.byNonce.values()];
    for (const entry of gone) this.#forget(entry, queue);
    queue.next = queue.readyEnd = -1;
    this.#release(queue);
    return gone;
  }

  byReplayKey(key: Hex): PooledTransaction | undefined {
    return this.#byReplayKey.get(key);
  }

  /** Group transactions that are dead once the head is at `height`. */
  deadAt(height: number): PooledTransaction[] {
    return [...(this.#byBlockLimit.get(height) ?? [])];
  }

  #promote(queue: SenderQueue): void {
    for (;;) {
      const entry = queue.byNonce.get(queue.readyEnd);
      if (entry === undefined) return;
      this.#unqueue(entry);
      this.origins.makeReady(entry);
      queue.readyEnd++;
    }
  }

  #queue(entry: PooledTransaction): void {
    this.queued.set(entry.hash, entry);
    this.queuedBytes += entry.bytes;
  }

  #unqueue(entry: PooledTransaction): void {
    if (this.queued.delete(entry.hash)) this.queuedBytes -= entry.bytes;
  }

  #forget(entry: PooledTransaction, queue: SenderQueue | undefined): void {
    this.entries.delete(entry.hash);
    if (!this.origins.remove(entry)) this.#unqueue(entry);
    this.bytes -= entry.bytes;
    if (queue !== undefined) queue.cost -= entry.cost;
    if (entry.replayKey === null) {
      queue?.delete(entry);
      return;
    }
    if (queue !== undefined) queue.groupCount--;
    this.#byReplayKey.delete(entry.replayKey.hex);
    const bucket = this.#byBlockLimit.get(entry.blockLimit);
    bucket?.delete(entry);
    if (bucket?.size === 0) this.#byBlockLimit.delete(entry.blockLimit);
  }

  #release(queue: SenderQueue | undefined): void {
    if (queue !== undefined && queue.size === 0) this.senders.delete(queue.key);
  }
}
