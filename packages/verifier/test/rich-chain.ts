import { receiptStatusName } from "@fb/types";
import { richAlloc, testAccount, testSuite } from "./accounts.ts";
import { createTestChain, type TestChain, type TestChainOptions } from "./chain.ts";

export const suite = await testSuite();
export const alice = testAccount(suite, 0);
export const bob = testAccount(suite, 1);
export const carol = testAccount(suite, 2);
/** Owns nothing. */
export const stranger = testAccount(suite, 99);
export const GWEI = 10n ** 9n;
/** What the others own. */
export const RICH = 10n ** 21n;

/** A chain on which alice, bob and carol are rich. */
export function chainWith(options: TestChainOptions = {}): Promise<TestChain> {
  return createTestChain({ alloc: richAlloc(suite, 3), ...options });
}

export async function balance(chain: TestChain, address: Uint8Array): Promise<bigint> {
  return (await chain.account(address))?.balance ?? 0n;
}

/** Names of the statuses of a block's receipts. */
export function statuses({ receipts }: { readonly receipts: readonly { readonly status: number }[] }): string[] {
  return receipts.map(({ status }) => receiptStatusName(status));
}
