import {
  type Address,
  type CryptoSuite,
  contractAddress,
  EMPTY,
  type Evm,
  type EvmHost,
  type EvmResult,
  toHex,
} from "@fb/types";
import type { BlockState } from "./block-state.ts";
import { baseGas, finalGas } from "./gas.ts";
import type { CallOptions, CallRequest, CallResult, EstimateResult, ExecutionConfig } from "./types.ts";

const NO_SENDER: Address = new Uint8Array(20);
/** EIP-150: gas a frame keeps back from the call it makes, as a fraction. */
const KEPT_BACK = 64n;
const CALL_STIPEND = 2_300n;
/** The search ends when the bounds are this close, in thousandths of the upper one. */
const TOLERANCE = 15n;

/** Gas of one precompile call in a read-only call: at most about a second, in which nothing else of the group runs. */
const CALL_PRECOMPILE_GAS = 10_000_000;

export interface CallDeps {
  readonly suite: CryptoSuite;
  readonly evm: Evm;
  readonly host: EvmHost;
  readonly state: BlockState;
  readonly config: ExecutionConfig;
  /** Upper limit of the gas of a call. */
  readonly gasLimit: bigint;
  readonly memoryBytes: number;
}

/** A result with the refund that still counts against an estimate. */
interface Run extends CallResult {
  readonly refund: bigint;
}

/** Runs a message without keeping what it does. Gas costs no balance; `value` must be there. */
export async function runCall(deps: CallDeps, request: CallRequest, options: CallOptions): Promise<CallResult> {
  const { error, output, gasUsed, logs } = await run(deps, request, cappedGas(deps, request), options);
  return { error, output, gasUsed, logs };
}

/**
 * The least gas, within 1.5 %, with which a transaction succeeds. A transaction may need more than it uses: gas that comes
 * back as a refund, and the part every call keeps back.
 */
export async function estimateCall(
  deps: CallDeps,
  request: CallRequest,
  options: CallOptions,
): Promise<EstimateResult> {
  let enough = cappedGas(deps, request);
  const widest = await run(deps, request, enough, options);
  if (widest.error !== null) return { ok: false, error: widest.error, output: widest.output };
  let tooLittle = widest.gasUsed - 1n;
  const likely = ((widest.gasUsed + widest.refund + CALL_STIPEND) * KEPT_BACK) / (KEPT_BACK - 1n);
  // Most transactions need exactly what they use, or little more; the rest is found by halving.
  const guesses = [likely, widest.gasUsed];
  while (enough - tooLittle > 1n && (enough - tooLittle) * 1000n >= enough * TOLERANCE) {
    const guess = guesses.pop() ?? middle(tooLittle, enough);
    if (guess <= tooLittle || guess >= enough) continue;
    if ((await run(deps, request, guess, options)).error === null) enough = guess;
    else tooLittle = guess;
  }
  return { ok: true, gas: enough };
}

/** Leans to the lower bound. Strictly between bounds that are more than one apart. */
function middle(low: bigint, high: bigint): bigint {
  const half = (low + high) / 2n;
  return half > low * 2n ? low * 2n : half;
}

function cappedGas(deps: CallDeps, request: CallRequest): bigint {
  return request.gas === undefined || request.gas > deps.gasLimit ? deps.gasLimit : request.gas;
}

async function run(deps: CallDeps, request: CallRequest, gas: bigint, options: CallOptions): Promise<Run> {
  const { suite, evm, host, config, state } = deps;
  const { to, from = NO_SENDER, data = EMPTY, value = 0n } = request;
  const base = baseGas(config.evmFork, { to, data, accessList: [] });
  const needed = BigInt(Math.max(base.intrinsic, base.floor));
  if (gas < needed) return { error: "OUT_OF_GAS", output: EMPTY, gasUsed: gas, logs: [], refund: 0n };
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
      gasPrice: 0n,
      blobHashes: [],
      isStatic: false,
      accessList: [],
    },
    host,
    {
      memoryBytes: deps.memoryBytes,
      precompileGas: CALL_PRECOMPILE_GAS,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
  );
  host.revertTo(mark);
  const used = finalGas(base.intrinsic + Number(result.gasUsed), Number(result.refund), base.floor);
  return {
    error: result.error,
    output: createAddress === undefined ? result.output : deployedCode(result, createAddress),
    gasUsed: BigInt(used),
    logs: result.logs,
    refund: result.refund,
  };
}

function deployedCode(result: EvmResult, address: Address): Uint8Array {
  return result.error === null ? (result.changes.get(toHex(address))?.code ?? EMPTY) : result.output;
}

async function nonceOf(state: BlockState, address: Address): Promise<bigint> {
  const key = toHex(address);
  if (state.peekAccount(key) === undefined) await state.load([{ kind: "account", address: key }]);
  return state.peekAccount(key)?.nonce ?? 0n;
}
