import type { GroupId } from "@fb/types";

export interface VerifierOptions {
  /** Raw chain.id. */
  readonly chainId: number;
  readonly groupId: GroupId;
}

export interface CallerOptions {
  /** Raw chain.id. */
  readonly chainId: number;
  readonly groupId: GroupId;
  /** Gas of a call or estimate at most; the group's tx_gas_limit bounds it too. Default {@link DEFAULT_CALL_GAS_LIMIT}. */
  readonly callGasLimit?: number;
}

/** Of one call. */
export interface CallOptions {
  /** Ends the call early: it rejects with CALL_ABORTED. */
  readonly signal?: AbortSignal;
  /** EVM memory at most, in bytes. Default {@link DEFAULT_CALL_MEMORY_BYTES}. */
  readonly memoryBytes?: number;
  /** Awaited every few milliseconds of work, so that others get the thread; see `EvmLimits.pause`. */
  readonly pause?: () => Promise<void>;
}

export const DEFAULT_CALL_GAS_LIMIT = 300_000_000;
/** EVM memory of a call in bytes: more than one frame can have for {@link DEFAULT_CALL_GAS_LIMIT}. */
export const DEFAULT_CALL_MEMORY_BYTES = 16 * 1024 * 1024;
/** Gas of one precompile call in a read-only call: at most about half a second, in which no other call runs. */
export const CALL_PRECOMPILE_GAS = 2_000_000;
