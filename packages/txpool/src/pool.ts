import { TypedEmitter } from "@fb/runtime";
import {
  type Address,
  type Block,
  type Hash,
  type Hex,
  MAX_BLOCK_BYTES,
  type SignedTransaction,
  toHex,
} from "@fb/types";
import type { Admitted } from "./admission.ts";
import type { JudgeResult, PoolStats, SealRequest, SubmitResult, TxPool, WaitingTransaction } from "./api.ts";
import { type CheckFn, createChecker } from "./check.ts";
import { Entrance } from "./entrance.ts";
import type { RefusalCode } from "./errors.ts";
import { judge } from "./judge.ts";
import { JudgedCache } from "./judged-cache.ts";
import { type PoolMetrics, poolMetrics } from "./metrics.ts";
import type { TxPoolOptions } from "./options.ts";
import type { PooledTransaction } from "./pooled-transaction.ts";
import type {
  CommittedTransactions,
  DropReason,
  PoolRules,
  RecoverFn,
  TransactionsAccepted,
  TransactionsDropped,
  TxPoolDeps,
} from "./ports.ts";
import { RecentHashes } from "./recent-hashes.ts";
import { needRecheck, outdated } from "./recheck.ts";
import { replayKeyOf } from "./replay-key.ts";
import { RoomKeeper } from "./room.ts";
import { seal } from "./seal.ts";
import { PoolStore } from "./store.ts";

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
  readonly #room: RoomKeeper;
  readonly #entrance: Entrance;
  readonly #judged: JudgedCache;
  readonly #committed = new RecentHashes<RefusalCode>();
  readonly #check: CheckFn;
  readonly #events: TypedEmitter<Events>;
  readonly #countingRecover: RecoverFn;
  /** Under which everything that waits was checked. */
  #rules: PoolRules;
  #stopSweep: (() => void) | null = null;
  #closed = false;

  constructor(options: TxPoolOptions, deps: TxPoolDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#metrics = poolMetrics(deps.metrics);
    this.#rules = deps.chain.config();
    this.#room = new RoomKeeper(options, this.#store);
    this.#judged = new JudgedCache(MAX_BLOCK_BYTES * JUDGED_BLOCKS);
    this.#check = createChecker(options, deps.suite);
    this.#events = new TypedEmitter((error) => deps.log.error("txpool-listener-failed", { error: String(error) }));
    this.#countingRecover = (txs) => {
      this.#metrics.recovered.inc({}, txs.length);
      return deps.recover(txs);
    };
    this.#entrance = new Entrance(options, {
      store: this.#store,
      room: this.#room,
      chain: deps.chain,
      suite: deps.suite,
      recover: this.#countingRecover,
      check: this.#check,
      judged: this.#judged,
      committed: this.#committed,
      refusedSenders: new RecentHashes(),
      lanes: deps.lanes,
      metrics: this.#metrics,
      now: () => deps.clock.now(),
      admitted: (admitted, source) => this.#admitted(admitted, source),
    });
  }

  submit(raws: readonly Uint8Array[], origin: string): Promise<readonly SubmitResult[]> {
    return this.#entrance.submit(raws, origin);
  }

  seal(request: SealRequest): readonly SignedTransaction[] {
    return seal(this.#store, this.#deps.chain, request);
  }

  judgeProposal(block: Block): Promise<JudgeResult> {
    const { chain, suite } = this.#deps;
    const store = this.#store;
    const recover = this.#countingRecover;
    return judge({ store, chain, suite, recover, check: this.#check, judged: this.#judged }, block);
  }

  committed({ number, txs }: CommittedTransactions): void {
    const committed = new Set<Hex>();
    const nextNonce = new Map<Hex, number>();
    const used: PooledTransaction[] = [];
    for (const { tx, sender } of txs) {
      const hash = toHex(tx.hash);
      committed.add(hash);
      this.#committed.add(hash, tx.group === null ? "NONCE_TOO_LOW" : "NONCE_USED");
      this.#judged.delete(hash);
      const known = this.#store.entries.get(hash);
      if (tx.group === null) nextNonce.set(known?.sender ?? toHex(sender), Number(tx.nonce) + 1);
      else {
        const entry = known ?? this.#sameKey(sender, tx.nonce);
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
    this.#giveUp(this.#store.deadAt(number), "block-limit");
    const rules = this.#deps.chain.config();
    if (needRecheck(this.#rules, rules)) this.#giveUp(outdated(this.#store, this.#deps.chain), "rules-changed");
    this.#rules = rules;
    this.#gauge();
  }

  refused(raw: Uint8Array): void {
    const entry = this.#store.entries.get(toHex(this.#deps.suite.hash(raw)));
    // The bytes of a block that came from elsewhere are others, whatever its header says of its sealer.
    if (entry?.signed.tx.raw !== raw) return;
    this.#deps.log.error("own-block-refused", { hash: entry.hash, sender: entry.sender });
    if (entry.replayKey === null) this.#drop(this.#store.forgetAccount(entry.sender), "refused");
    else this.#giveUp([entry], "refused");
    this.#gauge();
  }

  get(hash: Hash): SignedTransaction | null {
    return this.#store.entries.get(toHex(hash))?.signed ?? null;
  }

  knows(hash: Hash): boolean {
    const key = toHex(hash);
    return this.#store.entries.has(key) || this.#committed.has(key);
  }

  *waiting(): Iterable<WaitingTransaction> {
    for (const { signed, arrivedAt } of this.#store.entries.values()) yield { hash: signed.tx.hash, arrivedAt };
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
    const { origins, queued, bytes } = this.#store;
    return { pending: origins.ready, queued: queued.size, bytes };
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

  pause(on: boolean): void {
    this.#entrance.pause(on);
  }

  close(): void {
    this.#closed = true;
    this.#entrance.close();
    this.#stopSweep?.();
    this.#stopSweep = null;
  }

  #admitted({ accepted, replaced, evicted }: Admitted, source: "client" | "peer"): void {
    this.#gauge();
    if (accepted.length > 0) this.#events.emit("accepted", { txs: accepted, source });
    this.#drop(replaced, "replaced");
    this.#drop(evicted, "evicted");
  }

  #sweep(): void {
    const cutoff = this.#deps.clock.now() - this.#options.expiryMs;
    const expired: PooledTransaction[] = [];
    for (const entry of this.#store.entries.values()) {
      if (entry.arrivedAt > cutoff) break;
      expired.push(entry);
    }
    this.#giveUp(expired, "expired");
    this.#gauge();
  }

  #sameKey(sender: Address, nonce: bigint): PooledTransaction | undefined {
    return this.#store.byReplayKey(replayKeyOf(this.#deps.suite, sender, nonce).hex);
  }

  /** Takes out, and with them those queued ones that are too many then. */
  #giveUp(entries: readonly PooledTransaction[], reason: DropReason): void {
    for (const entry of entries) this.#store.remove(entry);
    this.#drop(entries, reason);
    const excess = this.#room.excess();
    for (const entry of excess) this.#store.remove(entry);
    this.#drop(excess, "evicted");
  }

  /** Tells of those that were taken out. */
  #drop(entries: readonly PooledTransaction[], reason: DropReason): void {
    if (entries.length === 0) return;
    this.#metrics.dropped.inc({ reason }, entries.length);
    this.#deps.log.info("txpool-dropped", { reason, count: entries.length });
    this.#events.emit("dropped", { hashes: entries.map((entry) => entry.signed.tx.hash), reason });
  }

  #gauge(): void {
    const { pending, queued, bytes } = this.stats();
    this.#metrics.transactions.set(pending, { state: "pending" });
    this.#metrics.transactions.set(queued, { state: "queued" });
    this.#metrics.bytes.set(bytes);
  }
}
