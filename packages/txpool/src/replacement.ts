import type { Hex, Transaction } from "@fb/types";
import type { RefusalCode } from "./errors.ts";
import type { PooledTransaction } from "./pooled-transaction.ts";

/** A price must rise by one part in so many. */
const BUMP_PART = 10n;
/** So many transactions may follow each other on a queued nonce that nobody pays for. */
const MAX_REPLACED = 16;

/**
 * SPEC 1.11: whether a transaction may take the place of another of the same sender and nonce. Where gas is charged it
 * pays for that. Where it is not, only one that cannot run yet gives way, and never to one that had given way itself:
 * two nodes that tell each other of both would exchange them for ever.
 */
export function replacementRefusal(
  old: PooledTransaction,
  tx: Transaction,
  hash: Hex,
  { isQueued, chargeGas }: { readonly isQueued: boolean; readonly chargeGas: boolean },
): RefusalCode | null {
  if (chargeGas) {
    const before = old.signed.tx;
    const isPaid = isBumped(before.gasPrice, tx.gasPrice) && isBumped(before.priorityFee, tx.priorityFee);
    return isPaid ? null : "REPLACEMENT_UNDERPRICED";
  }
  const gaveWay = old.replaced.includes(hash) || old.replaced.length >= MAX_REPLACED;
  return !isQueued || gaveWay ? "NONCE_ALREADY_PENDING" : null;
}

function isBumped(from: bigint, to: bigint): boolean {
  return to > from && to * BUMP_PART >= from * (BUMP_PART + 1n);
}
