import {
  accountsOf,
  blockOf,
  FOLDERS,
  SKIPS,
  type StateTest,
  type StateTestFile,
  transactionOf,
} from "@fb/state-tests";
import { type Evm, type EvmFork, toHex } from "@fb/types";
import { describe } from "../fuzz/case.ts";
import { logsHash, transition } from "../support/transition.ts";
import { World } from "../support/world.ts";

export interface Tally {
  passed: number;
  skipped: number;
  readonly failures: string[];
}

const FORKS: Readonly<Record<string, EvmFork>> = {
  Shanghai: "shanghai",
  Cancun: "cancun",
  Prague: "prague",
  Osaka: "osaka",
};

/** Runs every case of one file. */
export async function runFile(evm: Evm, path: string, text: string, tally: Tally): Promise<void> {
  const folder = path.split("/")[0]!;
  if (!FOLDERS.has(folder)) {
    tally.failures.push(`${path}: unknown folder`);
    return;
  }
  for (const [name, test] of Object.entries(JSON.parse(text) as StateTestFile)) {
    for (const [forkName, cases] of Object.entries(test.post)) {
      const fork = FORKS[forkName];
      if (fork === undefined) {
        tally.failures.push(`${path}: unknown fork ${forkName}`);
        continue;
      }
      for (const [index, expected] of cases.entries()) {
        if (SKIPS.has(path)) tally.skipped++;
        else {
          const failure = await runCase(evm, test, expected, fork);
          if (failure === null) tally.passed++;
          else tally.failures.push(`${path} ${name}[${index}]: ${failure}`);
        }
      }
    }
  }
}

type Case = StateTest["post"][string][number];

/**
 * One case: the official state root and logs, and the same result again over a view that forgets, so that every access
 * suspends the engine.
 */
async function runCase(evm: Evm, test: StateTest, expected: Case, fork: EvmFork): Promise<string | null> {
  const world = worldOf(test);
  const tx = transactionOf(test, expected);
  const site = { block: blockOf(test), fork };
  const found = await transition(evm, world, tx, site);
  if ((found.type === "refused") !== (expected.expectException !== undefined)) {
    const got = found.type === "refused" ? found.reason : "a valid transaction";
    return `expected ${expected.expectException ?? "a valid transaction"}, got ${got}`;
  }
  const logs = found.type === "refused" ? [] : found.result.logs;
  if (`0x${toHex(logsHash(logs))}` !== expected.logs) return "logs differ";
  if (`0x${toHex(await world.root())}` !== expected.hash) return "state root differs";
  if (found.type === "refused") return null;
  const fresh = worldOf(test);
  const again = await transition(evm, fresh, tx, site, fresh.coldView());
  if (again.type === "refused") return "suspension refuses the transaction";
  return describe(again.result, 0) === describe(found.result, 0) ? null : "suspension changes the result";
}

function worldOf(test: StateTest): World {
  const world = new World();
  for (const { address, slots, ...account } of accountsOf(test)) world.put(address, account, slots);
  return world;
}
