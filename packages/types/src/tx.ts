import type { Address, Hash } from "./ids.ts";

/** 0 legacy, 1 EIP-2930, 2 EIP-1559, 0x7e 13-field group transaction. */
export type TxType = 0 | 1 | 2 | 0x7e;
export const GROUP_TX_TYPE = 0x7e;
/** The longest raw transaction any group accepts. */
export const MAX_TRANSACTION_BYTES = 1_048_576;

export interface AccessListItem {
  readonly address: Address;
  readonly slots: readonly Hash[];
}

/** A decoded transaction; `raw` are the signed bytes and are kept end to end. Byte fields are views into `raw`. */
export interface Transaction {
  readonly type: TxType;
  readonly raw: Uint8Array;
  /** keccak256(raw). */
  readonly hash: Hash;
  /** What the signature is over. */
  readonly signingHash: Hash;
  /** 65 bytes r, s, y parity. */
  readonly signature: Uint8Array;
  /** Account nonce, or the 256-bit replay nonce of a group transaction. */
  readonly nonce: bigint;
  /** Gas price, or maxFeePerGas of type 2. */
  readonly gasPrice: bigint;
  /** maxPriorityFeePerGas of type 2; equal to gasPrice otherwise. */
  readonly priorityFee: bigint;
  readonly gas: bigint;
  readonly to: Address | null;
  readonly value: bigint;
  readonly data: Uint8Array;
  readonly accessList: readonly AccessListItem[];
  /** Ethereum chain id (types 0 to 2) or raw chain.id (group transactions); null = bound to no chain (before EIP-155). */
  readonly chainId: bigint | null;
  /** Group transactions only. */
  readonly group: { readonly groupId: bigint; readonly blockLimit: bigint; readonly extraData: Uint8Array } | null;
}

/** A transaction whose signature was recovered. */
export interface SignedTransaction {
  readonly tx: Transaction;
  readonly sender: Address;
}
