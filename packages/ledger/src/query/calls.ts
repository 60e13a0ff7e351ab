import { type AccessListItem, type Address, EMPTY, type Height, RECEIPT_STATUS } from "@fb/types";
import { type CallRequest, type CallSite, executionStatus, type Verifier } from "@fb/verifier";
import { own } from "./records.ts";

export interface CallQueryRequest {
  readonly from: Address | null;
  readonly to: Address | null;
  readonly value: bigint;
  readonly data: Uint8Array;
  readonly gas: bigint | null;
  readonly gasPrice: bigint;
  readonly accessList: readonly AccessListItem[];
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
  const { error, output, gasUsed } = await verifier.call(toCall(request, limits), site, options);
  return { blockNumber: site.head.header.number, status: executionStatus(error, false), output: own(output), gasUsed };
}

export async function runEstimateAt(
  verifier: Verifier,
  request: CallQueryRequest,
  site: CallSite,
  limits: CallLimits,
): Promise<EstimateOutcome> {
  const options = { signal: AbortSignal.timeout(limits.timeoutMs) };
  const result = await verifier.estimateGas(toCall(request, limits), site, options);
  if (result.ok) return { status: RECEIPT_STATUS.ok, gas: result.gas, output: EMPTY };
  return { status: executionStatus(result.error, false), gas: 0n, output: own(result.output) };
}

function toCall({ from, to, value, data, gas }: CallQueryRequest, limits: CallLimits): CallRequest {
  const sender = from === null ? {} : { from };
  return { ...sender, to, value, data, gas: gas === null || gas > limits.maxGas ? limits.maxGas : gas };
}
