import type { Hex } from "@fb/types";
import type { RefusalCode } from "./errors.ts";
import type { TxPoolOptions } from "./options.ts";
import { CLIENT } from "./origins.ts";
import type { PooledTransaction, SenderQueue } from "./pooled-transaction.ts";
import type { PoolStore } from "./store.ts";

/** Of each limit, queued transactions get one part in so many. */
const QUEUED_PART = 4;
/**
 * What one member brought may take one part in so many of the room that is left, so that however many of them fill the
 * pool, there is always some for the others.
 */
const ORIGIN_PART = { transactions: 3, bytes: 8 } as const;

type Limits = Pick<TxPoolOptions, "maxTransactions" | "maxBytes" | "maxPerSender">;

/** A transaction that wants in. */
export interface Newcomer {
  /** -1 for group transactions. */
  readonly nonce: number;
  readonly bytes: number;
  /** Nonces before it are missing. */
  readonly isQueued: boolean;
  /** Whose place it takes, if it gets in; ready when the newcomer is, queued when it is. */
  readonly standing: PooledTransaction | null;
  /** Who brings it. */
  readonly origin: string;
}

/** Who gives way to a newcomer besides its standing one; or why there is no room for it. */
export type Room =
  | { readonly ok: true; readonly evict: readonly PooledTransaction[] }
  | { readonly ok: false; readonly code: RefusalCode };

const ENOUGH: Room = { ok: true, evict: [] };

/**
 * SPEC 5: what can run counts before what cannot. A ready transaction is refused only where the ready ones alone
 * reach a limit, queued ones give way to it. Queued ones have a share of each limit, where a sender's lower nonce takes
 * the room of a higher one of its own.
 */
export class RoomKeeper {
  readonly #limits: Limits;
  readonly #queuedLimits: Limits;
  readonly #store: PoolStore;

  constructor(limits: Limits, store: PoolStore) {
    const part = (limit: number) => Math.ceil(limit / QUEUED_PART);
    this.#limits = limits;
    this.#queuedLimits = {
      maxTransactions: part(limits.maxTransactions),
      maxBytes: part(limits.maxBytes),
      maxPerSender: part(limits.maxPerSender),
    };
    this.#store = store;
  }

  /** True when ready ones leave no room for this origin: whatever takes no place of another is refused. */
  isFull(origin: string): boolean {
    return this.#store.origins.ready >= this.#limits.maxTransactions || this.#overShare(origin, 0, false) !== null;
  }

  find(newcomer: Newcomer, queue: SenderQueue | undefined): Room {
    const { isQueued, standing } = newcomer;
    const unfair = standing === null ? this.#overShare(newcomer.origin, newcomer.bytes, isQueued) : null;
    if (unfair !== null) return { ok: false, code: unfair };
    let gone = standing === null ? 0 : 1;
    let bytes = newcomer.bytes - (standing?.bytes ?? 0);
    let lacking = this.#lacking(isQueued, gone, bytes, queue);
    if (lacking === null) return ENOUGH;
    const refusal = isQueued ? null : this.#readyRefusal(newcomer, queue);
    if (refusal !== null) return { ok: false, code: refusal };
    const evict: PooledTransaction[] = [];
    for (const entry of isQueued ? higherNonces(newcomer, queue) : this.#queued(queue)) {
      evict.push(entry);
      gone++;
      bytes -= entry.bytes;
      lacking = this.#lacking(isQueued, gone, bytes, queue);
      if (lacking === null) return { ok: true, evict };
    }
    return { ok: false, code: lacking };
  }

  /** Queued ones above their share; a nonce that went missing makes queued ones of ready ones. */
  excess(): readonly PooledTransaction[] {
    const limits = this.#queuedLimits;
    let count = this.#store.queued.size;
    let bytes = this.#store.queuedBytes;
    const found: PooledTransaction[] = [];
    for (const entry of this.#queued(undefined)) {
      if (count <= limits.maxTransactions && bytes <= limits.maxBytes) break;
      found.push(entry);
      count--;
      bytes -= entry.bytes;
    }
    return found;
  }

  /** The limit that what an origin has here would pass with `bytes` more. Clients of this node share the whole pool. */
  #overShare(origin: string, bytes: number, isQueued: boolean): RefusalCode | null {
    if (origin === CLIENT) return null;
    const { origins, queued, bytes: allBytes, queuedBytes } = this.#store;
    const held = origins.held(origin);
    const freeQueued = this.#queuedLimits.maxTransactions - queued.size;
    if (isQueued && held.queued * ORIGIN_PART.transactions >= freeQueued) return "QUEUED_LIMIT_REACHED";
    const free = this.#limits.maxTransactions - origins.ready;
    if (held.count * ORIGIN_PART.transactions >= free) return "POOL_FULL";
    const freeBytes = this.#limits.maxBytes - (allBytes - queuedBytes);
    return (held.bytes + bytes) * ORIGIN_PART.bytes >= freeBytes ? "POOL_BYTES_FULL" : null;
  }

  /** The limit that ready ones alone would pass. */
  #readyRefusal({ standing, bytes }: Newcomer, queue: SenderQueue | undefined): RefusalCode | null {
    const { origins, bytes: allBytes, queuedBytes } = this.#store;
    const leaving = standing === null ? 0 : 1;
    const ofSender = queue === undefined ? 0 : queue.size - queue.queuedCount - leaving;
    if (ofSender >= this.#limits.maxPerSender) return "SENDER_LIMIT_REACHED";
    if (origins.ready - leaving >= this.#limits.maxTransactions) return "POOL_FULL";
    const readyBytes = allBytes - queuedBytes - (standing?.bytes ?? 0);
    return readyBytes + bytes > this.#limits.maxBytes ? "POOL_BYTES_FULL" : null;
  }

  /** The limit that one more transaction passes once `gone` have left and `bytes` were added. */
  #lacking(isQueued: boolean, gone: number, bytes: number, queue: SenderQueue | undefined): RefusalCode | null {
    const { entries, queued, bytes: allBytes, queuedBytes } = this.#store;
    const limits = this.#limits;
    if ((queue?.size ?? 0) - gone >= limits.maxPerSender) return "SENDER_LIMIT_REACHED";
    if (entries.size - gone >= limits.maxTransactions) return "POOL_FULL";
    if (allBytes + bytes > limits.maxBytes) return "POOL_BYTES_FULL";
    if (!isQueued) return null;
    const share = this.#queuedLimits;
    const isOver =
      (queue?.queuedCount ?? 0) - gone >= share.maxPerSender ||
      queued.size - gone >= share.maxTransactions ||
      queuedBytes + bytes > share.maxBytes;
    return isOver ? "QUEUED_LIMIT_REACHED" : null;
  }

  /** All queued ones in the order in which they give way: the sender's own first, of each sender the farthest first. */
  *#queued(first: SenderQueue | undefined): Generator<PooledTransaction, undefined> {
    const seen = new Set<Hex>();
    if (first !== undefined) {
      seen.add(first.key);
      yield* first.queuedFromTop();
    }
    for (const { sender } of this.#store.queued.values()) {
      if (seen.has(sender)) continue;
      seen.add(sender);
      yield* this.#store.senders.get(sender)!.queuedFromTop();
    }
  }
}

function* higherNonces({ nonce }: Newcomer, queue: SenderQueue | undefined): Generator<PooledTransaction, undefined> {
  for (const entry of queue?.queuedFromTop() ?? []) {
    if (entry.nonce <= nonce) return;
    yield entry;
  }
}
