import { RECEIPT_STATUS, type Transaction } from "@fb/types";
import { type BaseGas, baseGas, MAX_INIT_CODE_BYTES } from "./gas.ts";
import type { ExecutionConfig } from "./types.ts";

/** The gas a transaction is executed with (SPEC 3.1). */
export function gasLimitOf(tx: Pick<Transaction, "gas">, txGasLimit: number): number {
  return tx.gas > BigInt(txGasLimit) ? txGasLimit : Number(tx.gas);
}

/**
 * Receipt status of a transaction that cannot run whatever the state is: the lines of SPEC 2.1 on init code and intrinsic
 * gas. Null when it may run.
 */
export function shapeRefusal(
  { txGasLimit, evmFork }: Pick<ExecutionConfig, "txGasLimit" | "evmFork">,
  tx: Pick<Transaction, "to" | "data" | "accessList" | "gas">,
  gas: BaseGas = baseGas(evmFork, tx),
): number | null {
  if (tx.to === null && tx.data.length > MAX_INIT_CODE_BYTES) return RECEIPT_STATUS.initCodeSizeLimit;
  const limit = gasLimitOf(tx, txGasLimit);
  return limit < gas.intrinsic || limit < gas.floor ? RECEIPT_STATUS.outOfGasIntrinsic : null;
}
