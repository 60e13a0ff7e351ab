import { type Logger, PRICES } from "@fb/runtime";
import { type Hash, type Hex, type NodeId, toHex } from "@fb/types";
import type { SyncMetrics } from "../metrics.ts";
import type { PeerCosts } from "../peer-costs.ts";
import type { AdmissionOutcome, SyncPool } from "../ports.ts";
import { HASH_BYTES, MAX_ANNOUNCED_HASHES } from "../wire.ts";
import type { TxFetch } from "./fetch.ts";
import { txPieces } from "./pieces.ts";
import type { TxRelay } from "./relay.ts";

export interface TxIntakeDeps {
  readonly pool: SyncPool;
  /** Asked for what was announced; brings it by {@link TxIntake.onFetched}. */
  readonly fetch: Pick<TxFetch, "fetch">;
  readonly relay: TxRelay;
  readonly costs: PeerCosts;
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
/** For looking up one announced hash. */
const ANNOUNCED_PRICE = 3 * PRICES.object;
/** For asking for one announced transaction; given back when it comes. */
const ASKED_PRICE = 2 * PRICES.transaction;

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

  /** Transactions that `peer` sent unasked. */
  onBatch(peer: NodeId, txs: readonly Uint8Array[]): Promise<void> {
    return this.#submit(peer, txs, peer);
  }

  /** Transactions that `peer` announced. Where they come from it does not say, so they are none of its own clients. */
  onFetched(peer: NodeId, txs: readonly Uint8Array[]): Promise<void> {
    return this.#submit(peer, txs, `relayed by ${peer}`);
  }

  /** False when the announcement is malformed. */
  onAnnounce(peer: NodeId, hashes: Uint8Array): boolean {
    const count = hashes.length / HASH_BYTES;
    if (!Number.isInteger(count) || count < 1 || count > MAX_ANNOUNCED_HASHES) return false;
    if (!this.#deps.costs.charge(peer, count * ANNOUNCED_PRICE)) return true;
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
    const { costs, fetch } = this.#deps;
    if (costs.charge(peer, hashes.length * ASKED_PRICE)) {
      costs.refund(peer, (await fetch.fetch(peer, hashes)) * ASKED_PRICE);
    }
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

  /**
   * Piece by piece, each charged before it is looked at, and given back as far as it was useful or cost no signature.
   * What is left when the budget is used up, or after something invalid, is not looked at.
   */
  async #submit(peer: NodeId, txs: readonly Uint8Array[], origin: string): Promise<void> {
    const { pool, costs, metrics, log, onInvalid, relay } = this.#deps;
    let left = txs.length;
    try {
      for (const { part, prices } of txPieces(txs)) {
        const price = prices.reduce((sum, one) => sum + one, part.length * PRICES.signature);
        if (!costs.charge(peer, price)) break;
        const outcomes = await pool.submit(part, origin);
        left -= part.length;
        costs.refund(peer, useful(outcomes, prices));
        const accepted = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.hash] : []));
        this.#remember(outcomes);
        metrics.txsReceived.inc({ outcome: "accepted" }, accepted.length);
        metrics.txsReceived.inc({ outcome: "refused" }, outcomes.length - accepted.length);
        relay.pass(peer, accepted);
        if (!outcomes.some((outcome) => !outcome.ok && INVALID.has(outcome.code))) continue;
        onInvalid(peer);
        break;
      }
    } catch (error) {
      log.error("transactions-of-peer-failed", { peer, count: txs.length, error: String(error) });
    }
    metrics.txsReceived.inc({ outcome: "unread" }, left);
  }

  #remember(outcomes: readonly AdmissionOutcome[]): void {
    for (const outcome of outcomes) {
      if (outcome.ok || outcome.hash === null || this.#refused.size >= MAX_REFUSED) continue;
      this.#refused.add(toHex(outcome.hash));
    }
  }
}

/** What is given back: all for what was accepted or not looked at, the signature where none was recovered. */
function useful(outcomes: readonly AdmissionOutcome[], prices: readonly number[]): number {
  let micros = 0;
  for (const [i, outcome] of outcomes.entries()) {
    const isFree = outcome.ok || outcome.code === "POOL_BUSY";
    if (isFree) micros += prices[i]!;
    if (isFree || !outcome.recovered) micros += PRICES.signature;
  }
  return micros;
}
