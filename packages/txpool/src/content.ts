import type { Address, Hex, SignedTransaction } from "@fb/types";
import type { SenderContent } from "./api.ts";
import type { PoolStore } from "./store.ts";

/** The oldest `maxTransactions` of what waits, by sender. */
export function contentBySender(store: PoolStore, maxTransactions: number): readonly SenderContent[] {
  const bySender = new Map<Hex, { sender: Address; pending: SignedTransaction[]; queued: SignedTransaction[] }>();
  let left = maxTransactions;
  for (const { hash, sender: key, signed } of store.entries.values()) {
    if (left-- <= 0) break;
    let content = bySender.get(key);
    if (content === undefined) bySender.set(key, (content = { sender: signed.sender, pending: [], queued: [] }));
    (store.isReady(hash) ? content.pending : content.queued).push(signed);
  }
  return [...bySender.values()];
}
