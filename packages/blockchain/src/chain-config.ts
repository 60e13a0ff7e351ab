import { TABLES } from "@fb/storage-amdb";
import { EVM_FORKS, type EvmFork, type GenesisConfig, type Height, type RowOp, type StorageBackend } from "@fb/types";
import { chainError } from "./errors.ts";

/**
 * The rules of a group at a height: what genesis fixed once, and the values of `_sys_config_` in force.
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

const decoder = new TextDecoder();

/** Keys that genesis writes, with their values as text. Time-outs of a fraction of a second have no row and stay as genesis says. */
export function genesisConfigValues(genesis: GenesisConfig): ReadonlyMap<string, string> {
  const { timeoutMs } = genesis.consensus;
  return new Map([
    ["tx_count_limit", String(genesis.consensus.maxTransactions)],
    ["tx_gas_limit", String(genesis.txGasLimit)],
    ["block_gas_limit", String(genesis.blockGasLimit)],
    ...(timeoutMs % 1_000 === 0 ? [["consensus_timeout", String(timeoutMs / 1_000)] as const] : []),
    ["replay_window", String(genesis.replayWindow)],
    ["rules_version", String(genesis.rulesVersion)],
    ["evm_fork", genesis.evmFork],
  ]);
}

/** All values `_sys_config_` ever had, so that every height can be judged under the rules of its time. */
export class ConfigHistory {
  readonly #genesis: GenesisConfig;
  /** Key to its rows by row id; row ids ascend with the height that wrote them. */
  readonly #rows = new Map<string, Map<number, ConfigRow>>();

  private constructor(genesis: GenesisConfig) {
    this.#genesis = genesis;
  }

  static async load(genesis: GenesisConfig, backend: Pick<StorageBackend, "scan">): Promise<ConfigHistory> {
    const history = new ConfigHistory(genesis);
    for await (const { key, row, fields } of backend.scan(TABLES.config)) {
      history.apply([{ table: TABLES.config, key, row, fields }]);
    }
    return history;
  }

  /** Follows a batch; operations on other tables are skipped. */
  apply(batch: readonly RowOp[]): void {
    for (const { table, key: keyBytes, row, fields } of batch) {
      if (table !== TABLES.config) continue;
      const key = decoder.decode(keyBytes);
      let rows = this.#rows.get(key);
      if (rows === undefined) this.#rows.set(key, (rows = new Map()));
      if (fields === null) rows.delete(row);
      else rows.set(row, parseRow(key, fields));
    }
  }

  /** The row of a key in force at `height`; null when there is none. */
  row(key: string, height: Height): ConfigRow | null {
    let found: ConfigRow | null = null;
    for (const row of this.#rows.get(key)?.values() ?? []) {
      if (row.enabledAt <= height && (found === null || row.enabledAt >= found.enabledAt)) found = row;
    }
    return found;
  }

  at(height: Height): ChainConfig {
    const { consensus, chargeGas } = this.#genesis;
    const timeout = this.row("consensus_timeout", height);
    return {
      txCountLimit: this.#number("tx_count_limit", height),
      txGasLimit: this.#number("tx_gas_limit", height),
      blockGasLimit: this.#number("block_gas_limit", height),
      consensusTimeoutMs: timeout === null ? consensus.timeoutMs : Number(timeout.value) * 1_000,
      replayWindow: this.#number("replay_window", height),
      rulesVersion: this.#number("rules_version", height),
      evmFork: this.#fork(height),
      chargeGas,
    };
  }

  #text(key: string, height: Height): string {
    const row = this.row(key, height);
    if (row === null) throw chainError("STORE_CORRUPT", "a configuration key has no value", { key, height });
    return row.value;
  }

  #number(key: string, height: Height): number {
    const number = Number(this.#text(key, height));
    if (!Number.isSafeInteger(number)) throw chainError("STORE_CORRUPT", "a configuration value is no number", { key });
    return number;
  }

  #fork(height: Height): EvmFork {
    const text = this.#text("evm_fork", height);
    const fork = EVM_FORKS.find((name) => name === text);
    if (fork === undefined) throw chainError("STORE_CORRUPT", "the EVM fork is unknown", { fork: text });
    return fork;
  }
}

function parseRow(key: string, fields: readonly Uint8Array[]): ConfigRow {
  const [value, enableNumber] = fields.map((field) => decoder.decode(field));
  const enabledAt = Number(enableNumber);
  if (value === undefined || !Number.isSafeInteger(enabledAt)) {
    throw chainError("STORE_CORRUPT", "a configuration row is damaged", { key });
  }
  return { key, value, enabledAt };
}
