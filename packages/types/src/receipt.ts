import type { Address, Hash } from "./ids.ts";

export interface Log {
  readonly address: Address;
  /** 0 to 4 topics of 32 bytes. */
  readonly topics: readonly Hash[];
  readonly data: Uint8Array;
}

/**
 * The outcome of one transaction. `status` 0 is success; the other values are the receipt codes of `RECEIPT_STATUS`.
 * `gasUsed` is this transaction's own gas, `cumulativeGasUsed` the block's up to and including it.
 */
export interface Receipt {
  readonly status: number;
  readonly gasUsed: number;
  readonly cumulativeGasUsed: number;
  /** Present when the transaction created a contract. */
  readonly contractAddress: Address | null;
  /** 256 bytes. */
  readonly logsBloom: Uint8Array;
  readonly logs: readonly Log[];
  /** Return or revert data, cut at MAX_RECEIPT_OUTPUT_BYTES. */
  readonly output: Uint8Array;
}
