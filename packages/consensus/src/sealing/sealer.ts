import type { Clock } from "@fb/runtime";
import {
  type Block,
  type BlockHeader,
  type CryptoSuite,
  fromHex,
  proposalId,
  toHex,
  txRootOf,
  ZERO_HASH,
} from "@fb/types";
import type { Proposal } from "../core/machine.ts";
import type { ConsensusMetrics } from "../metrics.ts";
import type { ChainPort, PoolPort } from "../ports.ts";
import { EmptyTrail } from "./empty-trail.ts";

export interface SealRequest {
  readonly height: number;
  readonly round: number;
  /** Hash of the head to build on, hex. */
  readonly parent: string;
  readonly sealer: number;
}

export interface SealerOptions {
  readonly minBlockIntervalMs: number;
  readonly settleBlocks: number;
  readonly settleIntervalMs: number;
  readonly emptyBlockIntervalMs: number;
  readonly maxBlockBytes: number;
}

export interface SealerDeps {
  readonly chain: ChainPort;
  readonly pool: PoolPort;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly metrics: ConsensusMetrics;
  readonly deliver: (round: number, proposal: Proposal<Block>) => void;
  readonly failed: (error: unknown) => void;
}

const NO_BLOOM_BYTES = 256;

/**
 * Packs a block when the machine asks for one: at once when it would be full, else when `minBlockIntervalMs` have
 * passed since the head and something is pending, and a few empty ones after the last transaction. Halves its own size limit after a failed round and lets it grow
 * again by half with every block that goes through.
 */
export class Sealer {
  readonly #options: SealerOptions;
  readonly #deps: SealerDeps;
  readonly #trail: EmptyTrail;
  #request: SealRequest | null = null;
  #packing = false;
  #headAt: number;
  /** Own limit after failures; null = the chain's. */
  #limit: number | null = null;
  #sealedCount = 0;
  #cancelTimer = () => {};

  constructor(options: SealerOptions, deps: SealerDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#trail = new EmptyTrail(deps.suite, options.settleBlocks);
    this.#headAt = deps.clock.monotonic() - options.minBlockIntervalMs;
  }

  /** Reads back from the chain what came before `head`. */
  load(head: BlockHeader): Promise<void> {
    return this.#trail.load(this.#deps.chain, head);
  }

  request(request: SealRequest): void {
    this.#request = request;
    this.check();
  }

  newHead(head: BlockHeader): void {
    this.#request = null;
    this.#headAt = this.#deps.clock.monotonic();
    this.#trail.advance(head);
    if (this.#limit !== null) {
      this.#limit = Math.ceil((this.#limit * 3) / 2);
      if (this.#limit >= this.#deps.chain.limits().txCount) this.#limit = null;
    }
  }

  roundFailed(): void {
    this.#request = null;
    const size = this.#sealedCount > 0 ? this.#sealedCount : this.#maxCount();
    this.#limit = Math.max(1, Math.floor(Math.min(size, this.#maxCount()) / 2));
    this.#sealedCount = 0;
  }

  /** True when an empty block is due: the last transaction is not settled yet, or with `emptyBlockIntervalMs`. */
  emptyBlockDue(): boolean {
    return this.#emptyBlockAfter() <= this.#sinceHead();
  }

  /** Seals if it is time. Called on every tick and whenever the pool may have changed. */
  check(): void {
    this.#cancelTimer();
    const request = this.#request;
    if (request === null || this.#packing) return;
    const wait = this.#blockAfter() - this.#sinceHead();
    if (wait <= 0) {
      this.#packing = true;
      this.#pack(request).then(
        () => this.#packed(request),
        (error: unknown) => this.#deps.failed(error),
      );
    } else if (wait < Number.POSITIVE_INFINITY) {
      this.#cancelTimer = this.#deps.clock.after(wait, () => this.check());
    }
  }

  close(): void {
    this.#request = null;
    this.#cancelTimer();
  }

  #packed(request: SealRequest): void {
    this.#packing = false;
    // A request that came meanwhile has not been looked at. One that gave nothing waits for the next tick.
    if (this.#request !== request) this.check();
  }

  #sinceHead(): number {
    return this.#deps.clock.monotonic() - this.#headAt;
  }

  /** Time from the head to the next block, as things are. ms; infinite when there is nothing to seal. */
  #blockAfter(): number {
    const pending = this.#deps.pool.pending();
    if (pending >= this.#maxCount()) return 0;
    const empty = this.#emptyBlockAfter();
    return pending > 0 ? Math.min(this.#options.minBlockIntervalMs, empty) : empty;
  }

  #emptyBlockAfter(): number {
    const { settleIntervalMs, emptyBlockIntervalMs } = this.#options;
    const settle = this.#trail.isComplete ? Number.POSITIVE_INFINITY : settleIntervalMs;
    return emptyBlockIntervalMs > 0 ? Math.min(settle, emptyBlockIntervalMs) : settle;
  }

  #maxCount(): number {
    return Math.min(this.#limit ?? Number.MAX_SAFE_INTEGER, this.#deps.chain.limits().txCount);
  }

  async #pack(request: SealRequest): Promise<void> {
    const { pool, chain, suite, clock, metrics } = this.#deps;
    const sealed = await pool.seal({ maxCount: this.#maxCount(), maxBytes: this.#options.maxBlockBytes });
    const { head } = chain.head();
    if (this.#request !== request) return;
    if (toHex(head.hash) !== request.parent) {
      // The chain never goes back: this request can never be met.
      this.#request = null;
      return;
    }
    if (sealed.transactions.length === 0 && !this.emptyBlockDue()) return;
    this.#request = null;
    this.#sealedCount = sealed.transactions.length;
    metrics.blockTransactions.observe(sealed.transactions.length);
    const header: BlockHeader = {
      parentHash: fromHex(request.parent)!,
      number: request.height,
      timestamp: Math.max(head.header.timestamp + 1, clock.now()),
      stateRoot: ZERO_HASH,
      tablesRoot: ZERO_HASH,
      txRoot: txRootOf(suite, sealed.transactions, () => sealed.hashes),
      receiptRoot: ZERO_HASH,
      membersHash: ZERO_HASH,
      logsBloom: new Uint8Array(NO_BLOOM_BYTES),
      gasLimit: chain.limits().gas,
      gasUsed: 0,
      sealer: request.sealer,
      extraData: new Uint8Array(0),
    };
    const block: Block = { header, transactions: sealed.transactions };
    this.#deps.deliver(request.round, proposalOf(suite, block));
  }
}

/** The machine's form of a block whose execution fields are zero. */
export function proposalOf(suite: CryptoSuite, block: Block): Proposal<Block> {
  return {
    id: toHex(proposalId(suite, block.header)),
    parent: toHex(block.header.parentHash),
    height: block.header.number,
    sealer: block.header.sealer,
    block,
  };
}
