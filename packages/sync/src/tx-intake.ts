import type { Logger } from "@fb/runtime";
import { type Hash, type Hex, type NodeId, toHex } from "@fb/types";
import type { SyncMetrics } from "./metrics.ts";
import type { SubmitOutcome, SyncPool } from "./ports.ts";
import type { TxFetch } from "./tx-fetch.ts";
import type { TxRelay } from "./tx-relay.ts";
import { HASH_BYTES, MAX_ANNOUNCED_HASHES } from "./wire.ts";

export interface TxIntakeDeps {
  readonly pool: SyncPool;
  readonly fetch: TxFetch;
  readonly relay: TxRelay;
  readonly log: Logger;
  readonly metrics: SyncMetrics;
  readonly onInvalid: (peer: NodeId) => void;
}

/** Refusals that do not depend on this node's pool, head or load: no honest member passes such a transaction on. */
const INVALID: ReadonlySet<string> = new Set([
  "TX_TOO_LARGE",
  "TX_MALFORMED",
  "TX_TYPE_UNSUPPORTED",
  "TX_UNPROTECTED",
  "CHAIN_ID_MISMATCH",
  "GROUP_ID_MISMATCH",
  "SIGNATURE_INVALID",
]);

/** Members that announced a transaction after the one that is asked for it, remembered at most; more than lie. */
const MAX_OTHERS = 16;
/** Refused transactions remembered at most. */
const MAX_REFUSED = 65_536;

/** A transaction that was announced and is not here yet. */
interface Asked {
  readonly peer: NodeId;
  /** Who can be asked next, each once: announcing often is no way to be asked often. */
  readonly others: readonly NodeId[];
}

/** Hands transactions of members to the pool, and what was new to {@link TxRelay}. */
export class TxIntake {
  readonly #deps: TxIntakeDeps;
  readonly #asked = new Map<Hex, Asked>();
  /** What the pool refused since the last beat is not asked for again, whoever announces it. */
  readonly #refused = new Set<Hex>();

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
    const announced = Array.from({ length: count }, (_, i) => hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
    this.#deps.relay.has(peer, announced);
    const wanted = announced.filter((hash) => this.#isWanted(peer, hash));
    if (wanted.length > 0) void this.#ask(peer, wanted);
    return true;
  }

  /** What was refused may be taken now. */
  beat(): void {
    this.#refused.clear();
  }

  #isWanted(peer: NodeId, hash: Hash): boolean {
    const key = toHex(hash);
    const asked = this.#asked.get(key);
    if (asked !== undefined) {
      const isNew = asked.peer !== peer && !asked.others.includes(peer);
      if (isNew && asked.others.length < MAX_OTHERS) {
        this.#asked.set(key, { peer: asked.peer, others: [...asked.others, peer] });
      }
      return false;
    }
    if (this.#refused.has(key) || this.#deps.pool.knows(hash)) return false;
    this.#asked.set(key, { peer, others: [] });
    return true;
  }

  /** Asks for what is marked as asked for, and the next who announced it for what did not come. */
  async #ask(peer: NodeId, hashes: readonly Hash[]): Promise<void> {
    const txs = await this.#deps.fetch.fetch(peer, hashes);
    if (txs.length > 0) await this.#submit(peer, txs);
    const retries = new Map<NodeId, Hash[]>();
    for (const hash of hashes) {
      const key = toHex(hash);
      const isOver = this.#deps.pool.knows(hash) || this.#refused.has(key);
      const [next, ...others] = isOver ? [] : this.#asked.get(key)!.others;
      if (next === undefined) {
        this.#asked.delete(key);
        continue;
      }
      this.#asked.set(key, { peer: next, others });
      retries.set(next, [...(retries.get(next) ?? []), hash]);
    }
    for (const [next, left] of retries) void this.#ask(next, left);
  }

  async #submit(peer: NodeId, txs: readonly Uint8Array[]): Promise<void> {
    const { pool, metrics, log, onInvalid } = this.#deps;
    try {
      const outcomes = await pool.submit(txs, "peer");
      const accepted = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.hash] : []));
      this.#remember(outcomes);
      metrics.txsReceived.inc({ outcome: "accepted" }, accepted.length);
      metrics.txsReceived.inc({ outcome: "refused" }, outcomes.length - accepted.length);
      if (outcomes.some((outcome) => !outcome.ok && INVALID.has(outcome.code))) onInvalid(peer);
      this.#deps.relay.pass(peer, accepted);
    } catch (error) {
      log.error("transactions-of-peer-failed", { peer, count: txs.length, error: String(error) });
    }
  }

  #remember(outcomes: readonly SubmitOutcome[]): void {
    for (const outcome of outcomes) {
      if (outcome.ok || outcome.hash === null || this.#refused.size >= MAX_REFUSED) continue;
      this.#refused.add(toHex(outcome.hash));
    }
  }
}
