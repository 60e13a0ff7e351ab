import { type Hex, type StateMiss, toHex } from "@fb/types";
import type { BlockState } from "./block-state.ts";
import type { Parties } from "./transaction.ts";

/**
 * Loads the accounts and codes that the transactions of a block are sure to need, in two batches, so that few of them
 * have to wait on their own. Only a matter of speed.
 */
export async function prefetch(state: BlockState, parties: readonly Parties[]): Promise<void> {
  const targets = new Set<Hex>();
  const accounts = new Set<Hex>();
  for (const { sender, target } of parties) {
    accounts.add(sender);
    if (target !== null) targets.add(target);
  }
  const misses: StateMiss[] = [];
  for (const address of new Set([...accounts, ...targets])) {
    if (state.peekAccount(address) === undefined) misses.push({ type: "account", address });
  }
  if (misses.length > 0) await state.load(misses);
  const codes = new Set<Hex>();
  for (const address of targets) {
    const account = state.peekAccount(address);
    if (account === undefined || account === null || !state.hasCode(account)) continue;
    const codeHash = toHex(account.codeHash);
    if (state.peekCode(codeHash) === undefined) codes.add(codeHash);
  }
  if (codes.size > 0) await state.load([...codes].map((codeHash) => ({ type: "code", codeHash })));
}
