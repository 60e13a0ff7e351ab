import type { Clock } from "@fb/runtime";
import { type CryptoSuite, concatBytes, type GroupChannel, type Hash, type Hex, type NodeId, toHex } from "@fb/types";
import type { SyncMetrics } from "./metrics.ts";
import { MAX_FETCH_HASHES, type SyncOptions } from "./options.ts";
import type { SyncPool } from "./ports.ts";
import { type TxRequestMessage, type TxResponseMessage, wire } from "./wire.ts";

export interface TxFetchDeps {
  readonly channel: GroupChannel;
  readonly pool: SyncPool;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly metrics: SyncMetrics;
}

interface Pending {
  readonly peer: NodeId;
  finish(txs: readonly Uint8Array[] | null): void;
}

/** Requests under way at most; one more is refused at once. */
const MAX_PENDING = 64;
const HASH_BYTES = 32;

/** Transactions by hash, asked for and served. */
export class TxFetch {
  readonly #options: SyncOptions;
  readonly #deps: TxFetchDeps;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;

  constructor(options: SyncOptions, deps: TxFetchDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Asks again for what an answer left out, as long as each answer brings something. */
  async fetch(peer: NodeId, hashes: readonly Hash[]): Promise<readonly Uint8Array[] | null> {
    const found = new Map<Hex, Uint8Array>();
    const wanted = hashes.map(toHex);
    let missing = hashes;
    if (hashes.length > MAX_FETCH_HASHES) return null;
    while (missing.length > 0) {
      const txs = await this.#ask(peer, missing);
      if (txs === null || txs.length === 0 || txs.length > missing.length) return null;
      const asked = new Set(missing.map(toHex));
      for (const raw of txs) {
        const hash = toHex(this.#deps.suite.hash(raw));
        if (!asked.delete(hash)) return null;
        found.set(hash, raw);
      }
      missing = missing.filter((hash) => asked.has(toHex(hash)));
    }
    this.#deps.metrics.txsFetched.inc({}, found.size);
    return wanted.map((hash) => found.get(hash)!);
  }

  /** False when the request is outside the limits. */
  onRequest(peer: NodeId, { id, hashes }: TxRequestMessage): boolean {
    const count = hashes.length / HASH_BYTES;
    if (!Number.isInteger(count) || count < 1 || count > MAX_FETCH_HASHES) return false;
    const room = Math.min(this.#options.batchBytes, this.#deps.channel.maxPayloadBytes / 2);
    const txs: Uint8Array[] = [];
    let bytes = 0;
    for (let i = 0; i < count; i++) {
      const raw = this.#deps.pool.get(hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))?.tx.raw;
      if (raw === undefined) continue;
      bytes += raw.length + 8;
      if (txs.length > 0 && bytes > room) break;
      txs.push(raw);
    }
    this.#deps.channel.send(peer, "txs", wire.encode("TxsMessage", { response: { id, txs } }));
    return true;
  }

  onResponse(peer: NodeId, { id, txs }: TxResponseMessage): void {
    const pending = this.#pending.get(id);
    if (pending?.peer === peer) pending.finish(txs);
  }

  gone(peer: NodeId): void {
    for (const pending of [...this.#pending.values()]) if (pending.peer === peer) pending.finish(null);
  }

  close(): void {
    for (const pending of [...this.#pending.values()]) pending.finish(null);
  }

  #ask(peer: NodeId, hashes: readonly Hash[]): Promise<readonly Uint8Array[] | null> {
    if (this.#pending.size >= MAX_PENDING) return Promise.resolve(null);
    const id = this.#nextId++;
    const payload = wire.encode("TxsMessage", { request: { id, hashes: concatBytes(...hashes) } });
    return new Promise((resolve) => {
      const cancel = this.#deps.clock.after(this.#options.requestTimeoutMs, () => finish(null));
      const finish = (txs: readonly Uint8Array[] | null) => {
        cancel();
        this.#pending.delete(id);
        resolve(txs);
      };
      this.#pending.set(id, { peer, finish });
      if (this.#deps.channel.send(peer, "txs", payload) === "dropped") finish(null);
    });
  }
}
