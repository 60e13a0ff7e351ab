import type { PooledTransaction } from "./pooled-transaction.ts";
import type { PoolChain, PoolRules } from "./ports.ts";
import type { PoolStore } from "./store.ts";
import { windowRefusal } from "./window.ts";

/** Whether what waits has to be checked again under `now`. How many fit into a block is asked anew for each block. */
export function needRecheck(before: PoolRules, now: PoolRules): boolean {
  return now.replayWindow < before.replayWindow || now.txGasLimit < before.txGasLimit || now.evmFork !== before.evmFork;
}

/** What admission would refuse now of what waits, for its bytes and not for its account. */
export function outdated({ entries }: PoolStore, chain: PoolChain): PooledTransaction[] {
  const window = { parent: chain.height(), replayWindow: chain.config().replayWindow };
  return [...entries.values()].filter(
    ({ signed: { tx } }) => windowRefusal(tx, window) !== null || chain.cannotRun(tx) !== null,
  );
}
