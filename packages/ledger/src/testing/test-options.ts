import type { GenesisConfig } from "@fb/types";
import type { GroupOptions } from "../options.ts";

/** A genesis with values that suit tests; whoever needs others names them. */
export function testGenesis(
  of: Pick<GenesisConfig, "groupId" | "chainId" | "sealers"> & Partial<GenesisConfig>,
): GenesisConfig {
  return {
    timestamp: 1_700_000_000_000,
    consensus: { type: "pbft", maxTransactions: 100, timeoutMs: 600, minElectMs: 200, maxElectMs: 400 },
    observers: [],
    stateType: "storage",
    txGasLimit: 30_000_000,
    blockGasLimit: 300_000_000,
    chargeGas: false,
    replayWindow: 500,
    rulesVersion: 1,
    evmFork: "cancun",
    admins: [],
    alloc: [],
    ...of,
  };
}

/** What a node of a test chooses: blocks as soon as there is something to put in one, and little memory. */
export function testOptions(genesis: GenesisConfig, journalDir: string): GroupOptions {
  return {
    genesis,
    journalDir,
    minBlockIntervalMs: 0,
    settleBlocks: 0,
    voteWithoutJournal: false,
    settleIntervalMs: 500,
    emptyBlockIntervalMs: 0,
    cacheBytes: 16 << 20,
    historyBlocks: 10,
    keepBlocks: 0,
    pool: { maxTransactions: 10_000, maxBytes: 16 << 20, maxPerSender: 1_000, expiryMs: 60_000 },
    sync: { statusBeatMs: 200, maxBytes: 16 << 20 },
  };
}
