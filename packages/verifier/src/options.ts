import type { GroupId } from "@fb/types";

export interface VerifierOptions {
  /** Raw chain.id. */
  readonly chainId: number;
  readonly groupId: GroupId;
}

export const DEFAULT_CALL_GAS_LIMIT = 300_000_000;
/** EVM memory of a call in bytes: more than one frame can have for {@link DEFAULT_CALL_GAS_LIMIT}. */
export const DEFAULT_CALL_MEMORY_BYTES = 16 * 1024 * 1024;
/** Gas of one precompile call in a read-only call: at most about half a second, in which no other call runs. */
export const CALL_PRECOMPILE_GAS = 2_000_000;
