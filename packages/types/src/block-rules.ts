import type { BlockLimits } from "./block-codec.ts";

/** No group may allow more transactions in a block. */
export const MAX_BLOCK_TRANSACTIONS = 1_000_000;

/** What the transactions of a block may take of its encoding, in bytes; see {@link bytesInBlock}. */
export const MAX_BLOCK_BYTES = 8 * 1024 * 1024;

/** Length before each transaction of an encoded block, in bytes (SPEC 3.1). */
const TRANSACTION_PREFIX_BYTES = 4;

/** More than a header and the lengths of an encoded block ever take, in bytes (SPEC 2.1, 3.1). */
const MAX_HEADER_BYTES = 2048;

/** More than a certificate and what else a message with a block holds ever take, in bytes (SPEC 10.1). */
const MAX_BESIDE_BLOCK_BYTES = 512 * 1024;

/** No encoding of a valid block exceeds these: whatever decodes blocks of others stops here (SPEC 13.8). */
export const BLOCK_LIMITS: BlockLimits = {
  maxBytes: MAX_BLOCK_BYTES + MAX_HEADER_BYTES,
  maxTransactions: MAX_BLOCK_TRANSACTIONS,
};

/** A channel that carries messages of this length carries every valid block with its certificate, in bytes (SPEC 13.8). */
export const MAX_BLOCK_MESSAGE_BYTES = MAX_BLOCK_BYTES + MAX_BESIDE_BLOCK_BYTES;

/** What a raw transaction adds to the bytes of a block. */
export function bytesInBlock(raw: Uint8Array): number {
  return raw.length + TRANSACTION_PREFIX_BYTES;
}

export type BlockSizeCode = "TOO_MANY_TRANSACTIONS" | "BLOCK_TOO_LARGE";

/**
 * How the transactions of a block exceed its size (SPEC 13.2); null when they do not.
 *
 * @param txCountLimit in force for the block's height.
 */
export function blockSizeProblem(transactions: readonly Uint8Array[], txCountLimit: number): BlockSizeCode | null {
  if (transactions.length > txCountLimit) return "TOO_MANY_TRANSACTIONS";
  let bytes = 0;
  for (const raw of transactions) bytes += bytesInBlock(raw);
  return bytes > MAX_BLOCK_BYTES ? "BLOCK_TOO_LARGE" : null;
}
