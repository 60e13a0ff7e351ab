import { type Address, bigToBytes, bytesToBig, type Hash, type Hex } from "@fb/types";
import { World } from "../support/world.ts";

/** One file of GeneralStateTests: several tests by name. */
export type StateTestFile = Readonly<Record<string, StateTest>>;

export interface StateTest {
  readonly env: Readonly<Record<string, string>>;
  readonly pre: Readonly<Record<string, PreAccount>>;
  readonly transaction: {
    readonly data: readonly string[];
    readonly gasLimit: readonly string[];
    readonly value: readonly string[];
    readonly gasPrice?: string;
    readonly maxFeePerGas?: string;
    readonly maxPriorityFeePerGas?: string;
    readonly maxFeePerBlobGas?: string;
    readonly blobVersionedHashes?: readonly string[];
    readonly accessLists?: readonly (readonly { readonly address: string; readonly storageKeys: readonly string[] }[] | null)[];
    readonly nonce: string;
    readonly sender: string;
    readonly to: string;
  };
  readonly post: Readonly<Record<string, readonly PostCase[]>>;
}

interface PreAccount {
  readonly balance: string;
  readonly code: string;
  readonly nonce: string;
  readonly storage: Readonly<Record<string, string>>;
}

export interface PostCase {
  readonly hash: string;
  readonly logs: string;
  readonly indexes: { readonly data: number; readonly gas: number; readonly value: number };
  readonly expectException?: string;
}

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replace(/^0x/, ""), "hex"));
}

/** Numbers in the files have odd digits, leading zeros and sometimes a `0x:bigint ` mark. */
export function numberOf(text: string | undefined): bigint {
  if (text === undefined || text === "" || text === "0x") return 0n;
  return BigInt(text.replace("0x:bigint ", ""));
}

export function wordOf(text: string): Uint8Array {
  const out = new Uint8Array(32);
  const digits = bigToBytes(numberOf(text));
  out.set(digits, 32 - digits.length);
  return out;
}

export function wordHex(text: string): Hex {
  return numberOf(text).toString(16).padStart(64, "0");
}

export function worldOf(test: StateTest): World {
  const world = new World();
  for (const [address, account] of Object.entries(test.pre)) {
    const slots = new Map<Hex, Uint8Array>();
    for (const [slot, value] of Object.entries(account.storage)) if (numberOf(value) !== 0n) slots.set(wordHex(slot), wordOf(value));
    world.put(
      bytesOf(address),
      { nonce: numberOf(account.nonce), balance: numberOf(account.balance), code: bytesOf(account.code) },
      slots,
    );
  }
  return world;
}

/** One transaction of a test with the values its indexes pick. */
export interface TestTransaction {
  readonly sender: Address;
  readonly to: Address | null;
  readonly nonce: bigint;
  readonly gasLimit: bigint;
  readonly value: bigint;
  readonly data: Uint8Array;
  readonly maxFee: bigint;
  readonly maxPriorityFee: bigint;
  readonly accessList: readonly { readonly address: Address; readonly slots: readonly Hash[] }[];
  /** Null: not a blob transaction. */
  readonly blob: { readonly hashes: readonly Hash[]; readonly maxFee: bigint } | null;
}

export function transactionOf(test: StateTest, { indexes }: PostCase): TestTransaction {
  const tx = test.transaction;
  const price = numberOf(tx.maxFeePerGas ?? tx.gasPrice);
  const list = tx.accessLists?.[indexes.data] ?? [];
  return {
    sender: bytesOf(tx.sender),
    to: tx.to === "" ? null : bytesOf(tx.to),
    nonce: numberOf(tx.nonce),
    gasLimit: numberOf(tx.gasLimit[indexes.gas]),
    value: numberOf(tx.value[indexes.value]),
    data: bytesOf(tx.data[indexes.data]!),
    maxFee: price,
    maxPriorityFee: tx.maxFeePerGas === undefined ? price : numberOf(tx.maxPriorityFeePerGas),
    accessList: list.map(({ address, storageKeys }) => ({ address: bytesOf(address), slots: storageKeys.map(wordOf) })),
    blob:
      tx.blobVersionedHashes === undefined && tx.maxFeePerBlobGas === undefined
        ? null
        : { hashes: (tx.blobVersionedHashes ?? []).map(bytesOf), maxFee: numberOf(tx.maxFeePerBlobGas) },
  };
}

export { bytesToBig };
