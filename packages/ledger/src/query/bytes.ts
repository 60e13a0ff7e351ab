import type { StoredHeader } from "@fb/blockchain";
import type { Log, Receipt } from "@fb/types";

/*
 * What the answers to bounded reads take, as the port of the RPC server counts it: the bytes that are stored, and for
 * every object what it becomes besides.
 */

const HASH_BYTES = 34;
const TRANSACTION_BYTES = 512;
const RECEIPT_BYTES = 1024;
const LOG_BYTES = 256;

/** Known from the header row, before the block is read. */
export function blockBytes({ size, transactionCount }: StoredHeader, withBody: boolean): number {
  return withBody ? size + TRANSACTION_BYTES * transactionCount : HASH_BYTES * transactionCount;
}

export function transactionBytes(raw: Uint8Array): number {
  return TRANSACTION_BYTES + raw.length;
}

/** Of a receipt without its transaction. */
export function receiptBytes({ logs, output }: Receipt): number {
  return RECEIPT_BYTES + output.length + logs.reduce((sum, log) => sum + logBytes(log), 0);
}

function logBytes({ topics, data }: Log): number {
  return LOG_BYTES + 32 * topics.length + data.length;
}
