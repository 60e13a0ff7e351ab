import { type Account, EMPTY, RECEIPT_STATUS, type Receipt, type Transaction, toHex, ZERO_HASH } from "@fb/types";
import { cappedGas, NO_SENDER } from "./call.ts";
import { type TransactionDeps, TransactionRunner } from "./transaction.ts";
import type { CallRequest, EstimateResult } from "./types.ts";

/** EIP-150: gas a frame keeps back from the call it makes, as a fraction. */
const KEPT_BACK = 64n;
const CALL_STIPEND = 2_300n;
/** The search ends when the bounds are this close, in thousandths of the upper one. */
const TOLERANCE = 15n;
const OUT_OF_GAS: ReadonlySet<number> = new Set([RECEIPT_STATUS.outOfGas, RECEIPT_STATUS.outOfGasIntrinsic]);
const NO_SIGNATURE = new Uint8Array(65);

export interface EstimateDeps {
  /** A fresh block after the parent, with nothing in it. */
  readonly openBlock: () => Required<TransactionDeps>;
  /** Upper limit of the answer. */
  readonly gasLimit: bigint;
}

interface Attempt {
  readonly receipt: Receipt;
  /** Gas with which the same would happen, unless the code looks at the gas it has left; 0 when it did not run. */
  readonly needed: bigint;
}

/**
 * The least gas, within 1.5 %, with which a transaction of these fields succeeds as the first of the next block; exactly
 * what it needs when neither a reserve nor a call makes it depend on the gas it has left. Every attempt goes the way of a
 * real transaction, so that what is estimated is what will be executed.
 */
export async function estimate(deps: EstimateDeps, request: CallRequest): Promise<EstimateResult> {
  const account = await senderOf(deps, request);
  const most = cappedGas(request, deps.gasLimit);
  let enough = affordableGas(deps, request, account, most);
  const widest = await attempt(deps, request, account, enough);
  const { status } = widest.receipt;
  // What does not run says why by its status; only code has a revert reason of its own.
  const output = widest.needed === 0n ? EMPTY : widest.receipt.output;
  if (OUT_OF_GAS.has(status) && enough < most) return { ok: false, status: RECEIPT_STATUS.notEnoughCash, output };
  if (status !== RECEIPT_STATUS.ok) return { ok: false, status, output };
  let tooLittle = widest.needed - 1n;
  const likely = ((widest.needed + CALL_STIPEND) * KEPT_BACK) / (KEPT_BACK - 1n);
  // Most transactions need exactly what they use, or little more; the rest is found by halving.
  const guesses = [likely, widest.needed];
  while (enough - tooLittle > 1n && (enough - tooLittle) * 1000n >= enough * TOLERANCE) {
    const guess = guesses.pop() ?? middle(tooLittle, enough);
    if (guess <= tooLittle || guess >= enough) continue;
    const { receipt } = await attempt(deps, request, account, guess);
    if (receipt.status === RECEIPT_STATUS.ok) enough = guess;
    else tooLittle = guess;
  }
  return { ok: true, gas: enough };
}

/** Leans to the lower bound. Strictly between bounds that are more than one apart. */
function middle(low: bigint, high: bigint): bigint {
  const half = (low + high) / 2n;
  return half > low * 2n ? low * 2n : half;
}

/** `most`, or as much as the sender can pay for. */
function affordableGas(deps: EstimateDeps, request: CallRequest, account: Account | null, most: bigint): bigint {
  const { gasPrice = 0n, value = 0n } = request;
  const balance = account?.balance ?? 0n;
  // Whoever cannot pay the value is told so whatever the gas.
  if (gasPrice === 0n || balance < value || !deps.openBlock().config.chargeGas) return most;
  const affordable = (balance - value) / gasPrice;
  return affordable < most ? affordable : most;
}

async function senderOf({ openBlock }: EstimateDeps, { from = NO_SENDER }: CallRequest): Promise<Account | null> {
  const { state } = openBlock();
  const key = toHex(from);
  if (state.peekAccount(key) === undefined) await state.load([{ type: "account", address: key }]);
  return state.peekAccount(key) ?? null;
}

async function attempt(
  { openBlock }: EstimateDeps,
  request: CallRequest,
  account: Account | null,
  gas: bigint,
): Promise<Attempt> {
  const block = openBlock();
  const sender = request.from ?? NO_SENDER;
  const nonce = request.nonce ?? account?.nonce ?? 0n;
  // Transactions before this one may wait for the same block.
  if (request.nonce !== undefined) block.state.setAccount(toHex(sender), account, nonce, account?.balance ?? 0n);
  const runner = new TransactionRunner(block);
  const receipt = await runner.run({ tx: transactionOf(request, nonce, gas), sender });
  return { receipt, needed: BigInt(runner.gasNeeded) };
}

/** A transaction of these fields, unsigned. */
function transactionOf(request: CallRequest, nonce: bigint, gas: bigint): Transaction {
  const { to, data = EMPTY, value = 0n, accessList = [], gasPrice = 0n, priorityFee = gasPrice } = request;
  return {
    type: priorityFee === gasPrice ? 1 : 2,
    raw: EMPTY,
    hash: ZERO_HASH,
    signingHash: ZERO_HASH,
    signature: NO_SIGNATURE,
    nonce,
    gasPrice,
    priorityFee,
    gas,
    to,
    value,
    data,
    accessList,
    chainId: 0n,
    group: null,
  };
}
