import type { Clock } from "@fb/runtime";
import {
  type Block,
  type BlockHeader,
  type CryptoSuite,
  fromHex,
  proposalId,
  toHex,
  txRoot,
  ZERO_HASH,
} from "@fb/types";
import type { Proposal } from "./core/machine.ts";
import type { ConsensusMetrics } from "./metrics.ts";
import type { ChainPort, PoolPort } from "./ports.ts";

export interface SealRequest {
  readonly height: number;
  readonly round: number;
  /** Hash of the head to build on, hex. */
  readonly parent: string;
  readonly sealer: number;
}

export interface SealerOptions {
  readonly minBlockIntervalMs: number;
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
 * passed since the head and something is pending. Halves its own size limit after a failed round and lets it grow
 * again by half with every block that goes through.
 */
export class Sealer {
  readonly #options: SealerOptions;
  readonly #deps: SealerDeps;
  #request: SealRequest | null = null;
  #packing = false;
  #headAt: number;
  /** Own limit after failures; null = the chain's. */
  #limit: number | null = null;
  #sealedCount = 0;
  #cancelTimer: (() => void) | null = null;

  constructor(options: SealerOptions, deps: SealerDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#headAt = deps.clock.monotonic() - options.minBlockIntervalMs;
  }

  request(request: SealRequest): void {
    this.#request = request;
    this.check();
  }

  newHead(): void {
    this.#request = null;
    this.#headAt = this.#deps.clock.monotonic();
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

  /** True when an empty block is due; only with `emptyBlockIntervalMs`. */
  emptyBlockDue(): boolean {
    const interval = this.#options.emptyBlockIntervalMs;
    return interval > 0 && this.#deps.clock.monotonic() - this.#headAt >= interval;
  }

  /** Seals if it is time. Called on every tick and whenever the pool may have changed. */
  check(): void {
    const request = this.#request;
    if (request === null || this.#packing) return;
    const pending = this.#deps.pool.pending();
    const wait = this.#headAt + this.#options.minBlockIntervalMs - this.#deps.clock.monotonic();
    const full = pending >= this.#maxCount();
    if (full || (pending > 0 && wait <= 0) || this.emptyBlockDue()) {
      this.#packing = true;
      this.#pack(request).then(
        () => this.#packed(),
        (error: unknown) => this.#deps.failed(error),
      );
    } else if (pending > 0 && this.#cancelTimer === null) {
      this.#cancelTimer = this.#deps.clock.after(wait, () => {
        this.#cancelTimer = null;
        this.check();
      });
    }
  }

  close(): void {
    this.#request = null;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #packed(): void {
    this.#packing = false;
    // A request that came meanwhile has not been looked at.
    this.check();
  }

  #maxCount(): number {
    return Math.min(this.#limit ?? Number.MAX_SAFE_INTEGER, this.#deps.chain.limits().txCount);
  }

  async #pack(request: SealRequest): Promise<void> {
    const { pool, chain, suite, clock, metrics } = this.#deps;
    const sealed = await pool.seal({ maxCount: this.#maxCount(), maxBytes: this.#options.maxBlockBytes });
    const { head } = chain.head();
    if (this.#request !== request || toHex(head.hash) !== request.parent) return;
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
      txRoot: txRoot(suite, sealed.hashes),
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
