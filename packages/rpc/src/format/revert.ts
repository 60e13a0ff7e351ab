import { bytesToBig, equalBytes, receiptStatusName } from "@fb/types";
import { RPC_CODES, RpcError } from "../errors.ts";
import { data } from "../hex.ts";

const ERROR_SELECTOR = Uint8Array.of(0x08, 0xc3, 0x79, 0xa0);
const PANIC_SELECTOR = Uint8Array.of(0x4e, 0x48, 0x7b, 0x71);

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
  const name = receiptStatusName(status);
  if (output.length === 0 && name !== "revert") {
    return new RpcError(RPC_CODES.refused, `execution failed: ${name}`, { code: name, status });
  }
  const reason = revertReason(output);
  const message = reason === null ? "execution reverted" : `execution reverted: ${reason}`;
  return new RpcError(RPC_CODES.reverted, message, data(output));
}
