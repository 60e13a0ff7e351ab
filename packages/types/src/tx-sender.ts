import { addressOf } from "./address.ts";
import type { CryptoSuite } from "./contracts/crypto.ts";
import type { Address } from "./ids.ts";
import type { Transaction } from "./tx.ts";

/** The account whose key signed a transaction; null when the signature recovers no key. Costs one recovery. */
export function recoverSender(suite: CryptoSuite, tx: Transaction): Address | null {
  const publicKey = suite.recover(tx.signingHash, tx.signature);
  return publicKey === null ? null : addressOf(suite, publicKey);
}
