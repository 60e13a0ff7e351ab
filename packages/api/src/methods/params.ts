/*
 * Parameters as clients write them. Where a parameter may be absent, null means the same.
 */

/** A block by 0x quantity, by 0x and its hash, by a tag such as "latest", or as EIP-1898 writes it. */
export type BlockParam =
  | string
  | { readonly blockHash: string; readonly requireCanonical?: boolean }
  | { readonly blockNumber: string; readonly requireCanonical?: boolean };

/** A call or a transaction to be; quantities and data with 0x. */
export interface CallParam {
  readonly from?: string | null;
  /** Absent = creates a contract. */
  readonly to?: string | null;
  readonly gas?: string;
  /** Excludes the two fees. */
  readonly gasPrice?: string;
  readonly maxFeePerGas?: string;
  readonly maxPriorityFeePerGas?: string;
  readonly value?: string;
  readonly data?: string;
  /** The same as `data`. */
  readonly input?: string;
  readonly accessList?: readonly { readonly address: string; readonly storageKeys: readonly string[] }[];
  readonly nonce?: string;
}

/** Which logs; `blockHash` excludes the range, whose ends are the head when absent. */
export interface LogFilterParam {
  readonly fromBlock?: BlockParam;
  readonly toBlock?: BlockParam;
  readonly blockHash?: string;
  readonly address?: string | readonly string[];
  /** At most 4; null = any, a list = any of them. */
  readonly topics?: readonly (string | readonly (string | null)[] | null)[];
}

/** A group by its id, as number or decimal text. */
export type GroupParam = number | string;

/** A height as 0x quantity, decimal text or number. */
export type HeightParam = number | string;
