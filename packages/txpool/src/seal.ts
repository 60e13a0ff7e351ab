import type { CryptoSuite, SignedTransaction } from "@fb/types";
import type { SealRequest } from "./api.ts";
import { BlockWalk, blockLimits, bytesInBlock } from "./block-rules.ts";
import type { TxPoolOptions } from "./options.ts";
import type { PoolChain } from "./ports.ts";
import type { PoolStore } from "./store.ts";

export interface SealDeps {
  readonly store: PoolStore;
  readonly chain: PoolChain;
  readonly suite: CryptoSuite;
}

/** A block that so many transactions in a row of the pool did not fit into is full. */
const MAX_MISFITS = 64;

/** Takes ready transactions in order while they fit and may stand where they would (SPEC 2.3). */
export function seal(options: TxPoolOptions, deps: SealDeps, request: SealRequest): readonly SignedTransaction[] {
  const { store } = deps;
  const limits = blockLimits(options, request.rules);
  const maxTransactions = Math.min(request.maxTransactions, limits.maxTransactions);
  const maxBytes = Math.min(request.maxBytes, limits.maxBytes);
  const walk = new BlockWalk(deps, request, (sender) => store.senders.get(sender)!.next);
  const taken: SignedTransaction[] = [];
  let bytes = 0;
  let misfits = 0;
  for (const entry of store.ready.values()) {
    if (taken.length >= maxTransactions) break;
    if (walk.refusal(entry) !== null) continue;
    const size = bytesInBlock(entry.signed.tx.raw);
    if (bytes + size > maxBytes) {
      if (++misfits === MAX_MISFITS) break;
      continue;
    }
    bytes += size;
    walk.add(entry);
    taken.push(entry.signed);
  }
  return taken;
}
