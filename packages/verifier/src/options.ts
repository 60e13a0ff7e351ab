import type { GroupId } from "@fb/types";

export interface VerifierOptions {
  /** Raw chain.id. */
  readonly chainId: number;
  readonly groupId: GroupId;
  /** Gas of a call or estimate at most; the group's tx_gas_limit bounds it too. Default {@link DEFAULT_CALL_GAS_LIMIT}. */
  readonly callGasLimit?: number;
  /** EVM memory of a call at most, in bytes. Default {@link DEFAULT_CALL_MEMORY_BYTES}. */
  readonly callMemoryBytes?: number;
}

export const DEFAULT_CALL_GAS_LIMIT = 300_000_000;
export const DEFAULT_CALL_MEMORY_BYTES = 64 * 1024 * 1024;
