import {
  type Address,
  type CryptoSuite,
  contractAddress,
  EMPTY,
  type Evm,
  type EvmHost,
  type EvmLimits,
  type EvmResult,
  RECEIPT_STATUS,
  toHex,
} from "@fb/types";
import type { BlockState } from "./block-state.ts";
import { baseGas, finalGas } from "./gas.ts";
import { executionStatus } from "./status.ts";
import type { CallRequest, CallResult, ExecutionConfig } from "./types.ts";

export const NO_SENDER: Address = new Uint8Array(20);

export interface CallDeps {
  readonly suite: CryptoSuite;
  readonly evm: Evm;
  readonly host: EvmHost;
  readonly state: BlockState;
  readonly config: ExecutionConfig;
  /** Upper limit of the gas of a call. */
  readonly gasLimit: bigint;
  readonly limits: EvmLimits;
}

/** Runs a message without keeping what it does. Gas costs no balance; `value` must be there. */
export async function runCall(deps: CallDeps, request: CallRequest): Promise<CallResult> {
  const { suite, evm, host, config, state } = deps;
  const { to, from = NO_SENDER, data = EMPTY, value = 0n, accessList = [], gasPrice = 0n } = request;
  const gas = cappedGas(request, deps.gasLimit);
  const base = baseGas(config.evmFork, { to, data, accessList });
  const needed = BigInt(Math.max(base.intrinsic, base.floor));
  if (gas < needed) return { status: RECEIPT_STATUS.outOfGasIntrinsic, output: EMPTY, gasUsed: gas };
  const createAddress = to === null ? contractAddress(suite, from, await nonceOf(state, from)) : undefined;
  const mark = host.savepoint();
  const result = await evm.execute(
    {
      caller: from,
      origin: from,
      to,
      ...(createAddress === undefined ? {} : { createAddress }),
      value,
      data,
      gas: gas - BigInt(base.intrinsic),
      gasPrice: config.chargeGas ? (request.priorityFee ?? gasPrice) : 0n,
      blobHashes: [],
      isStatic: false,
      accessList,
    },
    host,
    deps.limits,
  );
  host.revertTo(mark);
  const used = finalGas(base.intrinsic + Number(result.gasUsed), Number(result.refund), base.floor);
  return {
    status: executionStatus(result.error, to !== null && host.isSystemContract(toHex(to))),
    output: createAddress === undefined ? result.output : deployedCode(result, createAddress),
    gasUsed: BigInt(used),
  };
}

export function cappedGas(request: CallRequest, limit: bigint): bigint {
  return request.gas === undefined || request.gas > limit ? limit : request.gas;
}

function deployedCode(result: EvmResult, address: Address): Uint8Array {
  return result.error === null ? (result.changes.get(toHex(address))?.code ?? EMPTY) : result.output;
}

async function nonceOf(state: BlockState, address: Address): Promise<bigint> {
  const key = toHex(address);
  if (state.peekAccount(key) === undefined) await state.load([{ type: "account", address: key }]);
  return state.peekAccount(key)?.nonce ?? 0n;
}
