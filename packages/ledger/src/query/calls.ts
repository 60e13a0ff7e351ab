import { type AccessListItem, type Address, type Height, RECEIPT_STATUS } from "@fb/types";
import { type CallResult, statusOf, type Verifier } from "@fb/verifier";

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

export async function runCall(
  verifier: Verifier,
  request: CallQueryRequest,
  height: Height,
  limits: CallLimits,
): Promise<CallOutcome> {
  const result = await verifier.call(toCall(request, limits), {
    height,
    signal: AbortSignal.timeout(limits.timeoutMs),
  });
  return { blockNumber: height, status: callStatus(result.error), output: result.output, gasUsed: result.gasUsed };
}

export async function runEstimate(
  verifier: Verifier,
  request: CallQueryRequest,
  height: Height,
  limits: CallLimits,
): Promise<EstimateOutcome> {
  const options = { height, signal: AbortSignal.timeout(limits.timeoutMs) };
  const result = await verifier.estimateGas(toCall(request, limits), options);
  if (result.ok) return { status: RECEIPT_STATUS.ok, gas: result.gas, output: new Uint8Array(0) };
  return { status: callStatus(result.error), gas: 0n, output: result.output };
}

function callStatus(error: CallResult["error"]): number {
  return error === null ? RECEIPT_STATUS.ok : statusOf(error);
}

function toCall({ from, to, value, data, gas }: CallQueryRequest, limits: CallLimits) {
  return {
    ...(from === null ? {} : { from }),
    to,
    value,
    data,
    gas: gas === null || gas > limits.maxGas ? limits.maxGas : gas,
  };
}
