import { type Address, bigToBytes, type EvmBlock, type Hash, type Hex } from "@fb/types";
import { keccak_256 } from "@noble/hashes/sha3.js";

const BLOB_FEE_FRACTION = 3_338_477n;

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
    readonly accessLists?: readonly (
      | readonly { readonly address: string; readonly storageKeys: readonly string[] }[]
      | null
    )[];
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

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replace(/^0x/, ""), "hex"));
}

/** Numbers in the files have odd digits, leading zeros and sometimes a `0x:bigint ` mark. */
function numberOf(text: string | undefined): bigint {
  if (text === undefined || text === "" || text === "0x") return 0n;
  return BigInt(text.replace("0x:bigint ", ""));
}

function wordOf(text: string): Uint8Array {
  const out = new Uint8Array(32);
  const digits = bigToBytes(numberOf(text));
  out.set(digits, 32 - digits.length);
  return out;
}

function wordHex(text: string): Hex {
  return numberOf(text).toString(16).padStart(64, "0");
}

/** An account before the transaction. */
export interface TestAccount {
  readonly address: Address;
  readonly nonce: bigint;
  readonly balance: bigint;
  readonly code: Uint8Array;
  /** Slot hex (64 digits) to 32 bytes, none of them zero. */
  readonly slots: ReadonlyMap<Hex, Uint8Array>;
}

export function accountsOf(test: StateTest): TestAccount[] {
  return Object.entries(test.pre).map(([address, { nonce, balance, code, storage }]) => ({
    address: bytesOf(address),
    nonce: numberOf(nonce),
    balance: numberOf(balance),
    code: bytesOf(code),
    slots: new Map(
      Object.entries(storage)
        .filter(([, value]) => numberOf(value) !== 0n)
        .map(([slot, value]) => [wordHex(slot), wordOf(value)]),
    ),
  }));
}

/** A transaction whose signature has been checked. */
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

/** The transaction that the indexes of a case pick. */
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

export function blockOf(test: StateTest): EvmBlock {
  const { env } = test;
  return {
    number: Number(numberOf(env["currentNumber"])),
    timestamp: Number(numberOf(env["currentTimestamp"])),
    coinbase: bytesOf(env["currentCoinbase"]!),
    prevRandao: wordOf(env["currentRandom"] ?? "0x0"),
    gasLimit: numberOf(env["currentGasLimit"]),
    baseFee: numberOf(env["currentBaseFee"]),
    blobBaseFee: fakeExponential(1n, numberOf(env["currentExcessBlobGas"]), BLOB_FEE_FRACTION),
    chainId: 1n,
    // The filler's convention: the hash of the decimal number.
    blockHash: (number) => keccak_256(new TextEncoder().encode(String(number))),
  };
}

/** EIP-4844. */
function fakeExponential(factor: bigint, numerator: bigint, denominator: bigint): bigint {
  let output = 0n;
  let term = factor * denominator;
  for (let i = 1n; term > 0n; i++) {
    output += term;
    term = (term * numerator) / (denominator * i);
  }
  return output / denominator;
}
