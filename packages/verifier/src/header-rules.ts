import { type BlockHeader, equalBytes, type HeadInfo } from "@fb/types";
import type { HeaderCode } from "./errors.ts";
import type { ExecutionContext } from "./types.ts";

/** The rule of types SPEC 13.3 that a header breaks; null when it follows its parent as it must. */
export function headerProblem(
  header: BlockHeader,
  parent: HeadInfo,
  { members, config }: ExecutionContext,
): HeaderCode | null {
  if (header.number !== parent.header.number + 1) return "WRONG_HEIGHT";
  if (!equalBytes(header.parentHash, parent.hash)) return "WRONG_PARENT";
  if (header.timestamp <= parent.header.timestamp) return "TIMESTAMP_NOT_AFTER_PARENT";
  if (header.gasLimit !== config.blockGasLimit) return "WRONG_GAS_LIMIT";
  if (header.sealer >= members.sealers.length) return "NO_SUCH_SEALER";
  return header.extraData.length === 0 ? null : "EXTRA_DATA_NOT_EMPTY";
}
