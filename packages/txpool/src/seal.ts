import { bytesInBlock, type Hex, MAX_BLOCK_BYTES, type SignedTransaction } from "@fb/types";
import type { SealRequest } from "./api.ts";
import { BlockWalk } from "./block-walk.ts";
import type { PooledTransaction } from "./pooled-transaction.ts";
import type { PoolChain } from "./ports.ts";
import type { PoolStore } from "./store.ts";

/** An origin of which so many transactions in a row did not fit into the block has its share of it. */
const MAX_MISFITS = 64;

/** What one origin has to seal. */
interface Lane {
  readonly entries: Iterator<PooledTransaction>;
  /** Part of the block that it has taken, by count and by bytes together. */
  taken: number;
  misfits: number;
}

/**
 * SPEC 2.2: takes ready transactions while they fit and may stand where they would (SPEC 2.3), from the origin that has
 * the least of the block so far, of each in order.
 */
export function seal(store: PoolStore, chain: PoolChain, request: SealRequest): readonly SignedTransaction[] {
  const maxTransactions = Math.min(request.maxTransactions, chain.config().txCountLimit);
  const maxBytes = Math.min(request.maxBytes, MAX_BLOCK_BYTES);
  const walk = new BlockWalk(chain, (sender) => store.senders.get(sender)!.next);
  const sealed: SignedTransaction[] = [];
  /** Whose turn came before that of the nonce before them, which is another origin's. */
  const early = new Set<Hex>();
  let bytes = 0;

  /** Takes one, and those of its sender that waited for it. */
  const take = (first: PooledTransaction, lane: Lane) => {
    for (let entry: PooledTransaction | undefined = first; entry !== undefined; ) {
      const size = bytesInBlock(entry.signed.tx.raw);
      if (sealed.length >= maxTransactions) return;
      if (bytes + size > maxBytes) {
        lane.misfits++;
        return;
      }
      bytes += size;
      lane.taken += 1 / maxTransactions + size / maxBytes;
      lane.misfits = 0;
      walk.add(entry);
      sealed.push(entry.signed);
      const next: PooledTransaction | undefined = early.size === 0 ? undefined : successor(store, entry);
      entry = next !== undefined && early.has(next.hash) && walk.refusal(next) === null ? next : undefined;
    }
  };

  const lanes: Lane[] = Array.from(store.origins.lanes(), (entries) => ({ entries, taken: 0, misfits: 0 }));
  while (lanes.length > 0 && sealed.length < maxTransactions) {
    const lane = lanes.reduce((least, other) => (other.taken < least.taken ? other : least));
    const next = lane.misfits < MAX_MISFITS ? lane.entries.next() : null;
    if (next === null || next.done === true) lanes.splice(lanes.indexOf(lane), 1);
    else if (walk.refusal(next.value) === null) take(next.value, lane);
    else if (next.value.replayKey === null) early.add(next.value.hash);
  }
  return sealed;
}

function successor(
  { senders }: PoolStore,
  { sender, nonce, replayKey }: PooledTransaction,
): PooledTransaction | undefined {
  return replayKey === null ? senders.get(sender)?.byNonce.get(nonce + 1) : undefined;
}
