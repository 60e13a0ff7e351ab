import { bytesToBig, equalBytes, RECEIPT_STATUS, receiptStatusName } from "@fb/types";
import { RPC_CODES, RpcError } from "../errors.ts";
import { data } from "./hex.ts";

const ERROR_SELECTOR = Uint8Array.of(0x08, 0xc3, 0x79, 0xa0);
const PANIC_SELECTOR = Uint8Array.of(0x4e, 0x48, 0x7b, 0x71);

/** Phrases by which ethers, viem and wallets recognise why a call cannot succeed. */
const PHRASES: ReadonlyMap<number, string> = new Map([
  [RECEIPT_STATUS.notEnoughCash, "insufficient funds for gas * price + value"],
  [RECEIPT_STATUS.outOfGasIntrinsic, "intrinsic gas too low"],
  [RECEIPT_STATUS.outOfGas, "out of gas"],
]);

/** The text of `Error(string)`, the code of `Panic(uint256)`, or null for anything else. */
export function revertReason(output: Uint8Array): string | null {
  const selector = output.subarray(0, 4);
  const body = output.subarray(4);
  if (equalBytes(selector, PANIC_SELECTOR) && body.length === 32) {
    return `panic code 0x${bytesToBig(body).toString(16)}`;
  }
  if (!equalBytes(selector, ERROR_SELECTOR) || body.length < 64) return null;
  const offset = bytesToBig(body.subarray(0, 32));
  if (offset > BigInt(body.length - 32)) return null;
  const at = Number(offset) + 32;
  const length = bytesToBig(body.subarray(at - 32, at));
  if (length > BigInt(body.length - at)) return null;
  return new TextDecoder().decode(body.subarray(at, at + Number(length)));
}

/** The error of a call that did not succeed: code 3 with the revert data, or the status by name. */
export function callFailed(status: number, output: Uint8Array): RpcError {
  if (output.length === 0 && status !== RECEIPT_STATUS.revert) {
    const name = receiptStatusName(status);
    return new RpcError(RPC_CODES.refused, PHRASES.get(status) ?? `execution failed: ${name}`, { code: name, status });
  }
  const reason = revertReason(output);
  const message = reason === null ? "execution reverted" : `execution reverted: ${reason}`;
  return new RpcError(RPC_CODES.reverted, message, data(output));
}
