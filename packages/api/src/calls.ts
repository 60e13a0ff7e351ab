import type { AccessListItem, Address, Height } from "@fb/types";

export interface CallRequest {
  /** Null = the zero address. */
  readonly from: Address | null;
  /** Null = creation. */
  readonly to: Address | null;
  readonly value: bigint;
  readonly data: Uint8Array;
  /** Null = as much as the limits allow. */
  readonly gas: bigint | null;
  /** What a unit of gas may cost at most. */
  readonly gasPrice: bigint;
  /** What a unit of gas pays: the tip where the two differ, since there is no base fee. */
  readonly priorityFee: bigint;
  readonly accessList: readonly AccessListItem[];
  /** Of the transaction to be estimated; null = the account's. */
  readonly nonce: bigint | null;
}

export interface CallLimits {
  readonly maxGas: bigint;
  /** From the moment the group was asked, waiting included. */
  readonly timeoutMs: number;
}

/** What a call did; `status` is a receipt status (0 = success), `output` its return or revert data. */
export interface CallOutcome {
  readonly blockNumber: Height;
  readonly status: number;
  readonly output: Uint8Array;
  readonly gasUsed: bigint;
}

/** `gas` is meaningful only when `status` is 0; otherwise the call fails with any gas and `output` says why. */
export interface EstimateOutcome {
  readonly status: number;
  readonly gas: bigint;
  readonly output: Uint8Array;
}
