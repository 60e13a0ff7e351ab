import { createCryptoSuite } from "@fb/crypto";
import { type Address, addressOf, bigTo32, type CryptoSuite, type NodeId, toHex } from "@fb/types";

/** A key pair of a test account. */
export interface TestAccount {
  readonly key: Uint8Array;
  readonly address: Address;
}

let suitePromise: Promise<CryptoSuite> | null = null;

export async function testSuite(): Promise<CryptoSuite> {
  suitePromise ??= createCryptoSuite();
  return suitePromise;
}

export function testAccount(suite: CryptoSuite, index: number): TestAccount {
  const key = bigTo32(BigInt(index + 1));
  return { key, address: addressOf(suite, suite.publicKey(key)) };
}

/** Node ids of sealer keys, sorted. */
export function testNodes(suite: CryptoSuite, count: number): NodeId[] {
  return Array.from(
    { length: count },
    (_, i) => toHex(suite.publicKey(bigTo32(BigInt(1_000_000 + i)))) as NodeId,
  ).sort();
}

export type TestAlloc = Map<string, { balance: bigint; code?: Uint8Array }>;

/** Balances for test accounts 0 to `count` - 1. */
export function richAlloc(suite: CryptoSuite, count: number, balance = 10n ** 21n): TestAlloc {
  return new Map(Array.from({ length: count }, (_, i) => [toHex(testAccount(suite, i).address), { balance }] as const));
}
