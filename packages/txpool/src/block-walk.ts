import { type CryptoSuite, type Hex, type SignedTransaction, toHex } from "@fb/types";
import type { JudgeCode } from "./errors.ts";
import type { PoolChain } from "./ports.ts";
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

type PlaceCode = Extract<JudgeCode, "BLOCK_LIMIT_INVALID" | "NONCE_NOT_NEXT" | "NONCE_USED">;

/**
 * SPEC 2.3: whether a transaction may be the next of the block after the head. The one place that says so: sealing leaves
 * out what it refuses, judging refuses the block. All answers are for one head.
 */
export class BlockWalk {
  readonly #chain: PoolChain;
  readonly #window: WindowContext;
  readonly #accountNonce: (sender: Hex) => number;
  /** Sender to the nonce after its last Ethereum transaction. */
  readonly #nextNonce = new Map<Hex, number>();
  readonly #replayKeys = new Set<Hex>();

  /** @param accountNonce at the head, of each sender of an Ethereum transaction. */
  constructor(chain: PoolChain, accountNonce: (sender: Hex) => number) {
    this.#chain = chain;
    this.#window = { parent: chain.height(), replayWindow: chain.config().replayWindow };
    this.#accountNonce = accountNonce;
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
