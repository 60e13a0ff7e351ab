import type { Height, Transaction } from "@fb/types";

export interface WindowContext {
  /** Height of the parent of the block the transaction is for. */
  readonly parent: Height;
  readonly replayWindow: number;
}

export type WindowCode = "BLOCK_LIMIT_EXPIRED" | "BLOCK_LIMIT_TOO_FAR";

/** The replay rule of group transactions, SPEC 1.7: parent < blockLimit <= parent + window. Null = inside. */
export function windowRefusal({ group }: Transaction, { parent, replayWindow }: WindowContext): WindowCode | null {
  if (group === null) return null;
  if (group.blockLimit <= BigInt(parent)) return "BLOCK_LIMIT_EXPIRED";
  return group.blockLimit > BigInt(parent + replayWindow) ? "BLOCK_LIMIT_TOO_FAR" : null;
}
