import { FbError, fromHex, isSystemAddress } from "@fb/types";
import type { TransactionReceipt } from "ethers";
import type { SdkErrorCode } from "./errors.ts";
import type { GroupClient } from "./group-client.ts";

/**
 * Rejects with SDK_SYSTEM_REFUSED when a transaction succeeded, but the system contract that it called answered with a
 * code instead of doing what was asked. Other transactions pass at once. The answer is in the receipt of the 2.x line
 * only: Ethereum's has no output.
 */
export async function requireGranted(group: GroupClient, receipt: TransactionReceipt): Promise<void> {
  if (receipt.to === null || !isSystemAddress(fromHex(receipt.to)!)) return;
  const refusal = (await group.getTransactionReceipt(receipt.hash))?.systemRefusal;
  if (refusal === undefined) return;
  const { code, name, message } = refusal;
  throw new FbError<SdkErrorCode>("SDK_SYSTEM_REFUSED", `nothing was changed: ${message} (${name}, ${code})`, {
    hash: receipt.hash,
    code,
    name,
  });
}
