import { type Clock, PendingRequests, PRICES, type Rng, type ThreadLane } from "@fb/runtime";
import { type CryptoSuite, concatBytes, type GroupChannel, type Hash, type Hex, type NodeId, toHex } from "@fb/types";
import type { PeerFaultCode } from "../errors.ts";
import type { SyncMetrics } from "../metrics.ts";
import type { SyncOptions } from "../options.ts";
import { messagePrice, type PeerCosts } from "../peer-costs.ts";
import type { SyncPool } from "../ports.ts";
import {
  HASH_BYTES,
  MAX_ANNOUNCED_HASHES,
  MAX_SENT_TXS,
  type TxRequestMessage,
  type TxResponseMessage,
  wire,
} from "../wire.ts";
import { txPieces } from "./pieces.ts";

export interface TxFetchDeps {
  readonly channel: GroupChannel;
  readonly pool: SyncPool;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly lane: ThreadLane;
  readonly costs: PeerCosts;
  readonly metrics: SyncMetrics;
  /** `peer` answered with these, which were asked for. Must not reject. */
  readonly deliver: (peer: NodeId, txs: readonly Uint8Array[]) => Promise<void>;
}

/** A request under way. What is kept of it for a late answer does not hold the hashes. */
interface Asked {
  missing: Map<Hex, Hash> | null;
  /** Stops waiting for an answer. */
  readonly cancel: () => void;
  /** Ends the request with the number of transactions that came; does nothing once it has ended. */
  readonly finish: (found: number) => void;
}

/** Requests to one peer under way at most; one more is refused at once. */
const MAX_UNDER_WAY = 8;

/** Transactions by hash, asked for and served. */
export class TxFetch {
  readonly #options: SyncOptions;
  readonly #deps: TxFetchDeps;
  readonly #pending: PendingRequests<Asked>;
  readonly #underWay = new Map<NodeId, Set<Asked>>();

  constructor(options: SyncOptions, deps: TxFetchDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#pending = new PendingRequests({ maxPerPeer: 2 * MAX_UNDER_WAY, rng: deps.rng });
  }

  /**
   * Has `peer` deliver what it has of these: less than was asked for when it lacks some, and nothing more once it is
   * silent or gone, or sends something else. Asks again for what an answer left out. Returns how many came.
   *
   * @param hashes at most MAX_ANNOUNCED_HASHES.
   */
  async fetch(peer: NodeId, hashes: readonly Hash[]): Promise<number> {
    const missing = new Map(hashes.map((hash) => [toHex(hash), hash]));
    const wanted = missing.size;
    while (missing.size > 0 && (await this.#ask(peer, missing)) > 0);
    const found = wanted - missing.size;
    this.#deps.metrics.txsFetched.inc({}, found);
    return found;
  }

  /** False when the request is outside the limits. */
  onRequest(peer: NodeId, { id, hashes }: TxRequestMessage): boolean {
    const { pool, channel, costs } = this.#deps;
    const count = hashes.length / HASH_BYTES;
    if (!Number.isInteger(count) || count < 1 || count > MAX_ANNOUNCED_HASHES) return false;
    if (!costs.charge(peer, count * PRICES.object)) return true;
    const room = Math.min(this.#options.batchBytes, channel.maxPayloadBytes / 2);
    const txs: Uint8Array[] = [];
    let bytes = 0;
    for (let i = 0; i < count && txs.length < MAX_SENT_TXS; i++) {
      const raw = pool.get(hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))?.tx.raw;
      if (raw === undefined) continue;
      bytes += raw.length + 8;
      if (txs.length > 0 && bytes > room) break;
      txs.push(raw);
    }
    // Known only now; a budget may go into debt by one charge.
    costs.charge(peer, messagePrice(bytes));
    const response = { id, txs: wire.encode("TxList", { txs }) };
    channel.send(peer, "txs", wire.encode("TxsMessage", { response }));
    return true;
  }

  /** The fault in an answer; null when there is none. What was not asked for is not looked at. */
  async onResponse(peer: NodeId, { id, txs }: TxResponseMessage): Promise<PeerFaultCode | null> {
    const asked = this.#pending.take(peer, id);
    if (asked === null) return "RESPONSE_UNASKED";
    const { missing } = asked;
    if (missing === null) return null;
    asked.cancel();
    this.#deps.costs.refund(peer, messagePrice(txs.length));
    const wanted = missing.size;
    const list = wire.decode("TxList", txs, (count) => count <= wanted);
    const isRight = list !== null && (await this.#take(peer, missing, list.txs));
    asked.finish(isRight ? wanted - missing.size : 0);
    return isRight ? null : "RESPONSE_WRONG";
  }

  gone(peer: NodeId): void {
    for (const { finish } of this.#pending.gone(peer)) finish(0);
  }

  close(): void {
    for (const requests of this.#underWay.values()) for (const { finish } of requests) finish(0);
  }

  /** Delivers what was asked for; false when there is something else among it, which ends the request. */
  async #take(peer: NodeId, missing: Map<Hex, Hash>, txs: readonly Uint8Array[]): Promise<boolean> {
    const { suite, lane, deliver } = this.#deps;
    for (const { part, hashing } of txPieces(txs)) {
      const turn = lane.take(peer, hashing);
      if (turn !== null) await turn;
      const found = part.filter((raw) => missing.delete(toHex(suite.hash(raw))));
      if (found.length > 0) await deliver(peer, found);
      if (found.length < part.length) return false;
    }
    return true;
  }

  async #ask(peer: NodeId, missing: Map<Hex, Hash>): Promise<number> {
    if ((this.#underWay.get(peer)?.size ?? 0) >= MAX_UNDER_WAY) return 0;
    const { asked, answer } = this.#begin(peer, missing);
    const id = this.#pending.open(peer, asked);
    const payload = wire.encode("TxsMessage", { request: { id, hashes: concatBytes(...missing.values()) } });
    if (this.#deps.channel.send(peer, "txs", payload) === "dropped") this.#pending.take(peer, id)?.finish(0);
    return answer;
  }

  /** A request with its time-out. */
  #begin(peer: NodeId, missing: Map<Hex, Hash>): { readonly asked: Asked; readonly answer: Promise<number> } {
    const underWay = this.#underWay.get(peer) ?? new Set();
    this.#underWay.set(peer, underWay);
    let resolve: (found: number) => void;
    const answer = new Promise<number>((settle) => {
      resolve = settle;
    });
    const cancel = this.#deps.clock.after(this.#options.requestTimeoutMs, () => asked.finish(0));
    const asked: Asked = {
      missing,
      cancel,
      finish: (found) => {
        if (!underWay.delete(asked)) return;
        if (underWay.size === 0) this.#underWay.delete(peer);
        cancel();
        asked.missing = null;
        resolve(found);
      },
    };
    underWay.add(asked);
    return { asked, answer };
  }
}
