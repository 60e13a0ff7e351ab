import { type ErrorFields, FbError } from "@fb/types";

/** Why the chain refused. The comment of each code says who must react and how. */
export type BlockchainErrorCode =
  /** The configured genesis is not the stored one. The operator restores the genesis file, or names another data folder; the group halts. */
  | "GENESIS_MISMATCH"
  /** Stored rows are not what this program writes. The operator restores the group's data; the group halts. */
  | "STORE_CORRUPT"
  /** A block that is not the head's child, or a second commit while one is under way. Bug of the caller. */
  | "BLOCK_OUT_OF_ORDER"
  /** An earlier commit failed and may or may not be on disk. The operator repairs the disk; the group is opened anew. */
  | "CHAIN_HALTED"
  /** The block exists, and this node has removed its body and receipts; `lowest` is the first it has. Ask a node that keeps more. */
  | "BLOCK_PRUNED"
  /** The chain was closed. Expected while a group stops. */
  | "CHAIN_CLOSED";

export function chainError(
  code: BlockchainErrorCode,
  message: string,
  fields?: ErrorFields,
  cause?: unknown,
): FbError<BlockchainErrorCode> {
  return new FbError(code, message, fields, cause);
}
