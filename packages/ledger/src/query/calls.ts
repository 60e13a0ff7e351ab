import { type AccessListItem, type Address, EMPTY, type Height, RECEIPT_STATUS } from "@fb/types";
import type { CallRequest, CallSite, NextBlockSite, Verifier } from "@fb/verifier";
import { own } from "./records.ts";

export interface CallQueryRequest {
  readonly from: Address | null;
  readonly to: Address | null;
  readonly value: bigint;
  readonly data: Uint8Array;
  readonly gas: bigint | null;
  /** What a unit of gas may cost at most. */
  readonly gasPrice: bigint;
  /** What a unit of gas pays. */
  readonly priorityFee: bigint;
  readonly accessList: readonly AccessListItem[];
  /** Of the transaction to be estimated; null = the account's. */
  readonly nonce: bigint | null;
}

export interface CallLimits {
  readonly maxGas: bigint;
  readonly timeoutMs: number;
}

export interface CallOutcome {
  readonly blockNumber: Height;
  readonly status: number;
  readonly output: Uint8Array;
  readonly gasUsed: bigint;
}

export interface EstimateOutcome {
  readonly status: number;
  readonly gas: bigint;
  readonly output: Uint8Array;
}

/** @param site the block a call is run on, with the rules in force for it */
export async function runCallAt(
  verifier: Verifier,
  request: CallQueryRequest,
  site: CallSite,
  limits: CallLimits,
): Promise<CallOutcome> {
  const options = { signal: AbortSignal.timeout(limits.timeoutMs) };
  const { status, output, gasUsed } = await verifier.call(toCall(request, limits), site, options);
  return { blockNumber: site.head.header.number, status, output: own(output), gasUsed };
}

/** @param site the next block, in which the transaction would be executed */
export async function runEstimateAt(
  verifier: Verifier,
  request: CallQueryRequest,
  site: NextBlockSite,
  limits: CallLimits,
): Promise<EstimateOutcome> {
  const options = { signal: AbortSignal.timeout(limits.timeoutMs) };
  const result = await verifier.estimateGas(toCall(request, limits), site, options);
  if (result.ok) return { status: RECEIPT_STATUS.ok, gas: result.gas, output: EMPTY };
  return { status: result.status, gas: 0n, output: own(result.output) };
}

function toCall({ from, gas, nonce, ...same }: CallQueryRequest, limits: CallLimits): CallRequest {
  return {
    ...same,
    ...(from === null ? {} : { from }),
    ...(nonce === null ? {} : { nonce }),
    gas: gas === null || gas > limits.maxGas ? limits.maxGas : gas,
  };
}
