import { type CryptoSuite, type Hex, type SignedTransaction, toHex } from "@fb/types";
import type { JudgeCode } from "./errors.ts";
import type { TxPoolOptions } from "./options.ts";
import type { Ancestor, PoolChain, PoolRules } from "./ports.ts";
import { type ReplayKey, replayKeyOf } from "./replay-key.ts";
import { type WindowContext, windowRefusal } from "./window.ts";

/** A transaction with what its place in a block depends on. */
export interface Placed {
  readonly signed: SignedTransaction;
  readonly sender: Hex;
  /** Of a group transaction; null for Ethereum transactions. */
  readonly replayKey: ReplayKey | null;
}

export function place(suite: CryptoSuite, signed: SignedTransaction): Placed {
  const { tx, sender } = signed;
  return {
    signed,
    sender: toHex(sender),
    replayKey: tx.group === null ? null : replayKeyOf(suite, sender, tx.nonce),
  };
}

/** Length prefix of a transaction in the block encoding. */
const TX_PREFIX_BYTES = 4;

/** What a transaction adds to the bytes of a block. */
export function bytesInBlock(raw: Uint8Array): number {
  return raw.length + TX_PREFIX_BYTES;
}

export interface BlockLimits {
  readonly maxTransactions: number;
  readonly maxBytes: number;
}

/** What no block may exceed. */
export function blockLimits({ maxBlockBytes }: Pick<TxPoolOptions, "maxBlockBytes">, rules: PoolRules): BlockLimits {
  return { maxTransactions: rules.txCountLimit, maxBytes: maxBlockBytes };
}

type PlaceCode = Extract<JudgeCode, "BLOCK_LIMIT_INVALID" | "NONCE_NOT_NEXT" | "NONCE_USED">;

/**
 * SPEC 2.3: whether a transaction may be the next of a block. The one place that says so: sealing leaves out what it
 * refuses, judging refuses the block. All answers are for one head.
 */
export class BlockWalk {
  readonly #chain: PoolChain;
  readonly #window: WindowContext;
  readonly #accountNonce: (sender: Hex) => number;
  /** Sender to the nonce after its last Ethereum transaction. */
  readonly #nextNonce = new Map<Hex, number>();
  readonly #replayKeys = new Set<Hex>();

  /**
   * @param ancestors between the head and the block, oldest first.
   * @param accountNonce at the head, of each sender of an Ethereum transaction.
   */
  constructor(
    { chain, suite }: { readonly chain: PoolChain; readonly suite: CryptoSuite },
    { ancestors, rules }: { readonly ancestors: readonly Ancestor[]; readonly rules: PoolRules },
    accountNonce: (sender: Hex) => number,
  ) {
    this.#chain = chain;
    this.#window = { parent: chain.height() + ancestors.length, replayWindow: rules.replayWindow };
    this.#accountNonce = accountNonce;
    for (const { txs } of ancestors) for (const signed of txs) this.add(place(suite, signed));
  }

  /** Null = it may be the next one. */
  refusal({ signed: { tx }, sender, replayKey: key }: Placed): PlaceCode | null {
    if (key === null) {
      const expected = this.#nextNonce.get(sender) ?? this.#accountNonce(sender);
      return tx.nonce === BigInt(expected) ? null : "NONCE_NOT_NEXT";
    }
    if (windowRefusal(tx, this.#window) !== null) return "BLOCK_LIMIT_INVALID";
    return this.#replayKeys.has(key.hex) || this.#chain.isReplayed(key.bytes) ? "NONCE_USED" : null;
  }

  /** Makes it the last one of the block so far. */
  add({ signed: { tx }, sender, replayKey: key }: Placed): void {
    if (key === null) this.#nextNonce.set(sender, Number(tx.nonce) + 1);
    else this.#replayKeys.add(key.hex);
  }
}
