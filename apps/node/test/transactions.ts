import { devAccounts } from "@fb/build-chain";
import { createCryptoSuite } from "@fb/crypto";
import { EMPTY, encodeEthTransaction, ethChainId, ethSigningHash, fromHex, toHex } from "@fb/types";

const suite = await createCryptoSuite();
const key = fromHex(devAccounts()[0]!.privateKey)!;

/** What a test cares about of a transaction of the first development account; absent = a transfer of 1 in group 1. */
export interface TestTransaction {
  readonly nonce: number;
  readonly group?: number;
  /** Null = creates a contract. */
  readonly to?: string | null;
  readonly data?: Uint8Array;
  readonly value?: bigint;
  readonly gas?: bigint;
}

/** A signed transaction as clients send it. */
export function signedTransaction({ nonce, group = 1, to, data, value = 1n, gas = 21_000n }: TestTransaction): string {
  const fields = {
    type: 2 as const,
    chainId: BigInt(ethChainId(1, group)),
    nonce: BigInt(nonce),
    gasPrice: 0n,
    priorityFee: 0n,
    gas,
    to: to === null ? null : fromHex(to ?? `0x${"b0".repeat(20)}`)!,
    value,
    data: data ?? EMPTY,
    accessList: [],
  };
  return `0x${toHex(encodeEthTransaction(fields, suite.sign(ethSigningHash(suite, fields), key)))}`;
}
