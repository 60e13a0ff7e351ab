import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCryptoSuite } from "@fb/crypto";
import { equalBytes, invariant, STATE_TYPES, type StateType } from "@fb/types";
import { transfers } from "./accounts.ts";
import { EthereumJsState } from "./ethereumjs-state.ts";
import { type BlockCost, TokenChain } from "./token-chain.ts";

const SEED = 1;

export interface StateBenchOptions {
  /** Holders of the token, one figure for each. */
  readonly accounts: readonly number[];
  readonly blocks: number;
  readonly transactions: number;
  /** Up to so many accounts the trie is compared with that of @ethereumjs/mpt. */
  readonly ethereumJsAccounts: number;
  readonly onProgress: (step: string) => void;
}

/** Medians over the blocks, in milliseconds, and the 99.9th percentile of the commits. */
export interface StateFigures {
  readonly state: StateType | "ethereumjs";
  readonly accounts: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly executeMs: number;
  readonly commitmentMs: number;
  readonly commitMs: number;
  readonly commitP999Ms: number;
}

/** Blocks of token transfers over each state and size, one after the other in this process. */
export async function runStateBench(options: StateBenchOptions): Promise<StateFigures[]> {
  const figures: StateFigures[] = [];
  for (const accounts of options.accounts) {
    for (const state of STATE_TYPES) {
      figures.push(await inScratchFolder((folder) => measure(options, folder, state, accounts)));
    }
    if (accounts <= options.ethereumJsAccounts) {
      figures.push(await inScratchFolder((folder) => measureEthereumJs(options, folder, accounts)));
    }
  }
  return figures;
}

async function measure(
  { blocks, transactions, onProgress }: StateBenchOptions,
  folder: string,
  state: StateType,
  accounts: number,
): Promise<StateFigures> {
  onProgress(`${state}: making ${accounts} accounts`);
  const chain = await TokenChain.create(await createCryptoSuite(), { folder, type: state, holders: accounts });
  try {
    const costs: BlockCost[] = [];
    onProgress(`${state}: ${blocks} blocks`);
    for (const block of transfers(accounts, transactions, SEED)) {
      costs.push(await chain.transfer(block));
      if (costs.length === warmUp(blocks) + blocks) break;
    }
    return summary(state, accounts, costs.slice(warmUp(blocks)));
  } finally {
    await chain.close();
  }
}

/** The same blocks' changes in the other library's tries. Nothing is executed: the changes come from a chain beside it. */
async function measureEthereumJs(
  { blocks, transactions, onProgress }: StateBenchOptions,
  folder: string,
  accounts: number,
): Promise<StateFigures> {
  onProgress(`ethereumjs: making ${accounts} accounts`);
  const suite = await createCryptoSuite();
  const theirs = await EthereumJsState.create(suite, join(folder, "theirs"));
  const chain = await TokenChain.create(suite, {
    folder: join(folder, "ours"),
    type: "mpt",
    holders: accounts,
    onChanges: (changes) => theirs.write(changes),
  });
  try {
    const costs: BlockCost[] = [];
    onProgress(`ethereumjs: ${blocks} blocks`);
    for (const block of transfers(accounts, transactions, SEED)) {
      const { changes, stateRoot } = await chain.transfer(block);
      const cpu = process.cpuUsage();
      const start = performance.now();
      const root = await theirs.write(changes);
      const wallMs = performance.now() - start;
      const { user, system } = process.cpuUsage(cpu);
      invariant(equalBytes(root, stateRoot), "the two tries have different roots");
      costs.push({
        wallMs,
        cpuMs: (user + system) / 1000,
        executeMs: 0,
        commitmentMs: wallMs,
        commitMs: 0,
        changes,
        stateRoot,
      });
      if (costs.length === warmUp(blocks) + blocks) break;
    }
    return summary("ethereumjs", accounts, costs.slice(warmUp(blocks)));
  } finally {
    await theirs.close();
    await chain.close();
  }
}

/** Blocks at the beginning that are not counted: compilers and caches. */
function warmUp(blocks: number): number {
  return Math.min(20, Math.ceil(blocks / 5));
}

function summary(state: StateFigures["state"], accounts: number, costs: readonly BlockCost[]): StateFigures {
  const at = (quantile: number, of: (cost: BlockCost) => number) => {
    const values = costs.map(of).sort((a, b) => a - b);
    return values[Math.min(values.length - 1, Math.floor(values.length * quantile))]!;
  };
  return {
    state,
    accounts,
    wallMs: at(0.5, (cost) => cost.wallMs),
    cpuMs: at(0.5, (cost) => cost.cpuMs),
    executeMs: at(0.5, (cost) => cost.executeMs),
    commitmentMs: at(0.5, (cost) => cost.commitmentMs),
    commitMs: at(0.5, (cost) => cost.commitMs),
    commitP999Ms: at(0.999, (cost) => cost.commitMs),
  };
}

async function inScratchFolder<T>(job: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "fb-bench-state-"));
  try {
    return await job(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
