import { type Address, type CryptoSuite, recoverSender } from "@fb/types";
import type { RecoverFn } from "./ports.ts";

/** Recovers signers at once in the calling thread: for tests, tools and groups without a shared recovery pool. */
export function recoverInThread(suite: CryptoSuite): RecoverFn {
  return (txs): readonly (Address | null)[] => txs.map((tx) => recoverSender(suite, tx));
}
