import { type Clock, type Logger, type MetricsRegister, TypedEmitter } from "@fb/runtime";
import {
  type Address,
  type CryptoSuite,
  type Hash,
  type Hex,
  replayKey,
  type SignedTransaction,
  toHex,
} from "@fb/types";
import { admit, refusal } from "./admission.ts";
import type { JudgeContext, JudgeResult, PoolStats, SealRequest, SenderContent, SubmitResult, TxPool } from "./api.ts";
import { type CheckFn, createChecker } from "./check.ts";
import type { Entry } from "./entry.ts";
import { type PoolMetrics, poolMetrics } from "./metrics.ts";
import type { TxPoolOptions } from "./options.ts";
import type {
  Ancestor,
  CommittedTransactions,
  PoolChain,
  RecoverFn,
  TransactionsAccepted,
  TransactionsDropped,
} from "./ports.ts";
import { JudgedCache, judge, sealFrom } from "./proposal.ts";
import { PoolStore } from "./store.ts";

export interface TxPoolDeps {
  readonly chain: PoolChain;
  readonly suite: CryptoSuite;
  readonly recover: RecoverFn;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsRegister;
}

/** Expired transactions are looked for this often. */
const SWEEP_MS = 3_000;
/** Proposals whose recovered transactions are remembered, in blocks of the largest size. */
const JUDGED_BLOCKS = 4;

type Events = { accepted: TransactionsAccepted; dropped: TransactionsDropped };

/** An empty pool for one group. */
export function createTxPool(options: TxPoolOptions, deps: TxPoolDeps): TxPool {
  return new MemoryTxPool(options, deps);
}

class MemoryTxPool implements TxPool {
  readonly #options: TxPoolOptions;
  readonly #deps: TxPoolDeps;
  readonly #metrics: PoolMetrics;
  readonly #store = new PoolStore();
  readonly #judged: JudgedCache;
  readonly #check: CheckFn;
  readonly #events: TypedEmitter<Events>;
  readonly #countingRecover: RecoverFn;
  #bytesInCheck = 0;
  #stopSweep: (() => void) | null = null;
  #closed = false;

  constructor(options: TxPoolOptions, deps: TxPoolDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#metrics = poolMetrics(deps.metrics);
    this.#judged = new JudgedCache(options.maxBlockBytes * JUDGED_BLOCKS);
    this.#check = createChecker(options, deps.suite);
    this.#events = new TypedEmitter((error) => deps.log.error("txpool-listener-failed", { error: String(error) }));
    this.#countingRecover = (txs) => {
      this.#metrics.recovered.inc({}, txs.length);
      return deps.recover(txs);
    };
  }

  async submit(raws: readonly Uint8Array[], source: "client" | "peer"): Promise<readonly SubmitResult[]> {
    let bytes = 0;
    for (const raw of raws) bytes += raw.length;
    if (this.#closed || this.#bytesInCheck + bytes > this.#options.maxBytesInCheck) {
      this.#metrics.submitted.inc({ source, outcome: "POOL_BUSY" }, raws.length);
      return raws.map(() => refusal("POOL_BUSY", null));
    }
    this.#bytesInCheck += bytes;
    try {
      const { results, accepted } = await admit(
        this.#options,
        {
          store: this.#store,
          chain: this.#deps.chain,
          suite: this.#deps.suite,
          recover: this.#countingRecover,
          check: this.#check,
          now: () => this.#deps.clock.now(),
        },
        raws,
      );
      this.#count(results, source);
      if (accepted.length > 0) this.#events.emit("accepted", { txs: accepted, source });
      return results;
    } finally {
      this.#bytesInCheck -= bytes;
    }
  }

  seal(request: SealRequest): readonly SignedTransaction[] {
    return sealFrom(this.#store, this.#deps.suite, this.#deps.chain.height() + request.ancestors.length, request);
  }

  judgeProposal(block: Parameters<TxPool["judgeProposal"]>[0], context: JudgeContext): Promise<JudgeResult> {
    const deps = {
      store: this.#store,
      chain: this.#deps.chain,
      suite: this.#deps.suite,
      recover: this.#countingRecover,
      check: this.#check,
      judged: this.#judged,
    };
    return judge(this.#options, deps, block, context);
  }

  committed({ number, txs }: CommittedTransactions): void {
    const committed = new Set<Hex>();
    const nextNonce = new Map<Hex, number>();
    const used: Entry[] = [];
    for (const { tx, sender } of txs) {
      const hash = toHex(tx.hash);
      committed.add(hash);
      this.#judged.delete(hash);
      if (tx.group === null) nextNonce.set(toHex(sender), Number(tx.nonce) + 1);
      else {
        const entry = this.#store.entries.get(hash) ?? this.#sameKey(sender, tx.nonce);
        if (entry !== undefined) {
          this.#store.remove(entry);
          if (entry.hash !== hash) used.push(entry);
        }
      }
    }
    for (const [sender, next] of nextNonce) {
      for (const entry of this.#store.advance(sender, next)) if (!committed.has(entry.hash)) used.push(entry);
    }
    this.#drop(used, "nonce-used");
    const dead = this.#store.deadAt(number);
    for (const entry of dead) this.#store.remove(entry);
    this.#drop(dead, "block-limit");
    this.#gauge();
  }

  get(hash: Hash): SignedTransaction | null {
    return this.#store.entries.get(toHex(hash))?.signed ?? null;
  }

  pending(ancestors: readonly Ancestor[]): number {
    let count = this.#store.ready.size;
    if (count === 0) return 0;
    for (const { txs } of ancestors) for (const { tx } of txs) if (this.#store.ready.has(toHex(tx.hash))) count--;
    return count;
  }

  async pendingNonce(address: Address): Promise<bigint> {
    const key = toHex(address);
    for (;;) {
      const known = this.#store.senders.get(key);
      if (known !== undefined && known.next >= 0) return BigInt(known.readyEnd);
      const height = this.#deps.chain.height();
      const [account] = await this.#deps.chain.accounts([address]);
      const now = this.#store.senders.get(key);
      if (this.#deps.chain.height() === height && (now === undefined || now.next < 0)) return account!.nonce;
    }
  }

  stats(): PoolStats {
    const { entries, ready, bytes } = this.#store;
    return { pending: ready.size, queued: entries.size - ready.size, bytes };
  }

  content(maxTransactions: number): readonly SenderContent[] {
    const bySender = new Map<Hex, { sender: Address; pending: SignedTransaction[]; queued: SignedTransaction[] }>();
    let left = maxTransactions;
    for (const entry of this.#store.entries.values()) {
      if (left-- <= 0) break;
      let content = bySender.get(entry.sender);
      if (content === undefined) {
        bySender.set(entry.sender, (content = { sender: entry.signed.sender, pending: [], queued: [] }));
      }
      (this.#store.ready.has(entry.hash) ? content.pending : content.queued).push(entry.signed);
    }
    return [...bySender.values()];
  }

  onAccepted(listener: (event: TransactionsAccepted) => void): () => void {
    return this.#events.on("accepted", listener);
  }

  onDropped(listener: (event: TransactionsDropped) => void): () => void {
    return this.#events.on("dropped", listener);
  }

  start(): void {
    if (this.#closed || this.#stopSweep !== null) return;
    this.#stopSweep = this.#deps.clock.every(SWEEP_MS, () => this.#sweep());
  }

  close(): void {
    this.#closed = true;
    this.#stopSweep?.();
    this.#stopSweep = null;
  }

  #sweep(): void {
    const cutoff = this.#deps.clock.now() - this.#options.expiryMs;
    const expired: Entry[] = [];
    for (const entry of this.#store.entries.values()) {
      if (entry.arrivedAt > cutoff) break;
      expired.push(entry);
    }
    for (const entry of expired) this.#store.remove(entry);
    this.#drop(expired, "expired");
    this.#gauge();
  }

  #sameKey(sender: Address, nonce: bigint): Entry | undefined {
    return this.#store.byReplayKey(toHex(replayKey(this.#deps.suite, sender, nonce)));
  }

  #drop(entries: readonly Entry[], reason: TransactionsDropped["reason"]): void {
    if (entries.length === 0) return;
    this.#metrics.dropped.inc({ reason }, entries.length);
    this.#deps.log.info("txpool-dropped", { reason, count: entries.length });
    this.#events.emit("dropped", { hashes: entries.map((entry) => entry.signed.tx.hash), reason });
  }

  #count(results: readonly SubmitResult[], source: string): void {
    const outcomes = new Map<string, number>();
    for (const result of results) {
      const outcome = result.ok ? "accepted" : result.code;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    for (const [outcome, count] of outcomes) this.#metrics.submitted.inc({ source, outcome }, count);
    this.#gauge();
  }

  #gauge(): void {
    const { pending, queued, bytes } = this.stats();
    this.#metrics.transactions.set(pending, { state: "pending" });
    this.#metrics.transactions.set(queued, { state: "queued" });
    this.#metrics.bytes.set(bytes);
  }
}
