import { type Clock, PendingRequests, type Rng } from "@fb/runtime";
import { type CryptoSuite, concatBytes, type GroupChannel, type Hash, type NodeId, toHex } from "@fb/types";
import type { PeerFaultCode } from "./errors.ts";
import type { SyncMetrics } from "./metrics.ts";
import type { SyncOptions } from "./options.ts";
import type { SyncPool } from "./ports.ts";
import {
  HASH_BYTES,
  MAX_ANNOUNCED_HASHES,
  MAX_SENT_TXS,
  type TxRequestMessage,
  type TxResponseMessage,
  wire,
} from "./wire.ts";

export interface TxFetchDeps {
  readonly channel: GroupChannel;
  readonly pool: SyncPool;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly metrics: SyncMetrics;
  /** `peer` answered with something it was not asked for. */
  readonly onWrong: (peer: NodeId) => void;
}

/** Ends a request; does nothing once it has ended. */
type Finish = (txs: readonly Uint8Array[] | null) => void;

/** Requests to one peer under way at most; one more is refused at once. */
const MAX_UNDER_WAY = 8;

/** Transactions by hash, asked for and served. */
export class TxFetch {
  readonly #options: SyncOptions;
  readonly #deps: TxFetchDeps;
  readonly #pending: PendingRequests<Finish>;
  readonly #underWay = new Map<NodeId, Set<Finish>>();

  constructor(options: SyncOptions, deps: TxFetchDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#pending = new PendingRequests({ maxPerPeer: 2 * MAX_UNDER_WAY, rng: deps.rng });
  }

  /**
   * What `peer` has of these, in any order: less than was asked for when it lacks some, and nothing more once it is
   * silent or gone, or sends something else. Asks again for what an answer left out.
   *
   * @param hashes at most MAX_ANNOUNCED_HASHES.
   */
  async fetch(peer: NodeId, hashes: readonly Hash[]): Promise<readonly Uint8Array[]> {
    const found: Uint8Array[] = [];
    const missing = new Map(hashes.map((hash) => [toHex(hash), hash]));
    while (missing.size > 0) {
      const txs = await this.#ask(peer, [...missing.values()]);
      if (txs === null || txs.length === 0) break;
      for (const raw of txs) {
        if (missing.delete(toHex(this.#deps.suite.hash(raw)))) found.push(raw);
        else {
          this.#deps.onWrong(peer);
          missing.clear();
          break;
        }
      }
    }
    this.#deps.metrics.txsFetched.inc({}, found.length);
    return found;
  }

  /** False when the request is outside the limits. */
  onRequest(peer: NodeId, { id, hashes }: TxRequestMessage): boolean {
    const count = hashes.length / HASH_BYTES;
    if (!Number.isInteger(count) || count < 1 || count > MAX_ANNOUNCED_HASHES) return false;
    const room = Math.min(this.#options.batchBytes, this.#deps.channel.maxPayloadBytes / 2);
    const txs: Uint8Array[] = [];
    let bytes = 0;
    for (let i = 0; i < count && txs.length < MAX_SENT_TXS; i++) {
      const raw = this.#deps.pool.get(hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))?.tx.raw;
      if (raw === undefined) continue;
      bytes += raw.length + 8;
      if (txs.length > 0 && bytes > room) break;
      txs.push(raw);
    }
    this.#deps.channel.send(
      peer,
      "txs",
      wire.encode("TxsMessage", { response: { id, txs: wire.encode("TxList", { txs }) } }),
    );
    return true;
  }

  /** The fault in an answer; null when there is none. What was not asked for is not looked at. */
  onResponse(peer: NodeId, { id, txs }: TxResponseMessage): PeerFaultCode | null {
    const finish = this.#pending.take(peer, id);
    if (finish === null) return "RESPONSE_UNASKED";
    const list = wire.decode("TxList", txs);
    finish(list?.txs ?? null);
    return list === null ? "MESSAGE_MALFORMED" : null;
  }

  gone(peer: NodeId): void {
    for (const finish of this.#pending.gone(peer)) finish(null);
  }

  close(): void {
    for (const requests of this.#underWay.values()) for (const finish of requests) finish(null);
  }

  async #ask(peer: NodeId, hashes: readonly Hash[]): Promise<readonly Uint8Array[] | null> {
    if ((this.#underWay.get(peer)?.size ?? 0) >= MAX_UNDER_WAY) return null;
    const { finish, answer } = this.#begin(peer);
    const id = this.#pending.open(peer, finish);
    const payload = wire.encode("TxsMessage", { request: { id, hashes: concatBytes(...hashes) } });
    if (this.#deps.channel.send(peer, "txs", payload) === "dropped") this.#pending.take(peer, id)?.(null);
    return answer;
  }

  /** A request with its time-out. Apart from the hashes, so that what is kept for a late answer does not hold them. */
  #begin(peer: NodeId): { readonly finish: Finish; readonly answer: Promise<readonly Uint8Array[] | null> } {
    const underWay = this.#underWay.get(peer) ?? new Set();
    this.#underWay.set(peer, underWay);
    let resolve: Finish;
    const answer = new Promise<readonly Uint8Array[] | null>((settle) => {
      resolve = settle;
    });
    const finish: Finish = (txs) => {
      if (!underWay.delete(finish)) return;
      if (underWay.size === 0) this.#underWay.delete(peer);
      cancel();
      resolve(txs);
    };
    const cancel = this.#deps.clock.after(this.#options.requestTimeoutMs, () => finish(null));
    underWay.add(finish);
    return { finish, answer };
  }
}
