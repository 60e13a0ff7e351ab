import type { EvmFork, Height } from "@fb/types";

/**
 * The rules of a group at a height: what genesis fixed once, and the values of `_sys_config_` in force. A row written in
 * block h counts from the height it names (at least h + 1).
 */
export interface ChainConfig {
  /** Transactions of a block at most. */
  readonly txCountLimit: number;
  /** Gas of one transaction at most; a transaction that asks for more gets this. */
  readonly txGasLimit: number;
  /** Gas used at which a block takes no further transaction. */
  readonly blockGasLimit: number;
  readonly consensusTimeoutMs: number;
  /** Blocks a group transaction may wait for: the width of the replay window. */
  readonly replayWindow: number;
  readonly rulesVersion: number;
  readonly evmFork: EvmFork;
  /** Whether gas costs balance. Fixed by genesis. */
  readonly chargeGas: boolean;
}

/** One value of a key of `_sys_config_`, in force from `enabledAt` until a later row of the same key. */
export interface ConfigRow {
  readonly key: string;
  readonly value: string;
  readonly enabledAt: Height;
}
