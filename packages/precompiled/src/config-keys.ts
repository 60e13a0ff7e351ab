import { MAX_BLOCK_TRANSACTIONS, MAX_REPLAY_WINDOW, MAX_TX_GAS } from "@fb/types";

/** A key of `_sys_config_` that governance may set: an integer within bounds, in decimal without leading zeros. */
interface ConfigKey {
  readonly min: number;
  readonly max: number;
}

/**
 * The keys of SystemConfig. Units: transactions, gas, gas, seconds, blocks. The lower bound of the gas limits keeps
 * governance itself payable: a group whose transactions cannot call SystemConfig any more could never undo that.
 */
const CONFIG_KEYS: ReadonlyMap<string, ConfigKey> = new Map([
  ["tx_count_limit", { min: 1, max: MAX_BLOCK_TRANSACTIONS }],
  ["tx_gas_limit", { min: 1_000_000, max: MAX_TX_GAS }],
  ["block_gas_limit", { min: 1_000_000, max: 2 ** 48 }],
  ["consensus_timeout", { min: 1, max: 3_600 }],
  ["replay_window", { min: 1, max: MAX_REPLAY_WINDOW }],
]);

/** Whether `value` is a valid text for `key`. */
export function isConfigValue(key: string, value: string): boolean {
  const bounds = CONFIG_KEYS.get(key);
  if (bounds === undefined || !/^(0|[1-9][0-9]{0,15})$/.test(value)) return false;
  const number = Number(value);
  return number >= bounds.min && number <= bounds.max;
}
