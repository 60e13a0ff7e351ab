import type { Logger } from "@fb/runtime";
import type { Hash, NodeId } from "@fb/types";
import type { SyncMetrics } from "./metrics.ts";
import type { SyncPool } from "./ports.ts";
import type { TxFetch } from "./tx-fetch.ts";
import { HASH_BYTES, MAX_ANNOUNCED_HASHES } from "./wire.ts";

export interface TxIntakeDeps {
  readonly pool: SyncPool;
  readonly fetch: TxFetch;
  readonly log: Logger;
  readonly metrics: SyncMetrics;
  readonly onInvalid: (peer: NodeId) => void;
}

/** Refusals that do not depend on this node's pool, head or load: no honest member passes such a transaction on. */
const INVALID: ReadonlySet<string> = new Set([
  "TX_TOO_LARGE",
  "TX_MALFORMED",
  "TX_TYPE_UNSUPPORTED",
  "CHAIN_ID_MISMATCH",
  "GROUP_ID_MISMATCH",
  "SIGNATURE_INVALID",
]);

/** Hands transactions of members to the pool. They are not passed on: their origin sends them to everyone itself. */
export class TxIntake {
  readonly #deps: TxIntakeDeps;

  constructor(deps: TxIntakeDeps) {
    this.#deps = deps;
  }

  onBatch(peer: NodeId, txs: readonly Uint8Array[]): void {
    if (txs.length > 0) void this.#submit(peer, txs);
  }

  /** False when the announcement is malformed. */
  onAnnounce(peer: NodeId, hashes: Uint8Array): boolean {
    const count = hashes.length / HASH_BYTES;
    if (!Number.isInteger(count) || count < 1 || count > MAX_ANNOUNCED_HASHES) return false;
    const unknown: Hash[] = [];
    for (let i = 0; i < count; i++) {
      const hash = hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
      if (this.#deps.pool.get(hash) === null) unknown.push(hash);
    }
    if (unknown.length > 0) void this.#fetch(peer, unknown);
    return true;
  }

  async #fetch(peer: NodeId, hashes: readonly Hash[]): Promise<void> {
    const txs = await this.#deps.fetch.fetch(peer, hashes);
    if (txs !== null) await this.#submit(peer, txs);
  }

  async #submit(peer: NodeId, txs: readonly Uint8Array[]): Promise<void> {
    const { pool, metrics, log, onInvalid } = this.#deps;
    try {
      const outcomes = await pool.submit(txs, "peer");
      const accepted = outcomes.filter((outcome) => outcome.ok).length;
      metrics.txsReceived.inc({ outcome: "accepted" }, accepted);
      metrics.txsReceived.inc({ outcome: "refused" }, outcomes.length - accepted);
      if (outcomes.some((outcome) => !outcome.ok && INVALID.has(outcome.code))) onInvalid(peer);
    } catch (error) {
      log.error("transactions-of-peer-failed", { peer, count: txs.length, error: String(error) });
    }
  }
}
