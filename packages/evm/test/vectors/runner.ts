import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { type Evm, type EvmFork, toHex } from "@fb/types";
import { describe } from "../fuzz/case.ts";
import { logsHash, transition } from "../support/transition.ts";
import { FOLDERS, SKIPS } from "./lists.ts";
import { blockOf, type StateTest, type StateTestFile, transactionOf, worldOf } from "./state-test.ts";

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

const TESTS = "GeneralStateTests/";

/**
 * Test files as (path, text). A path begins with the name of one of the folders of GeneralStateTests: `given` may be that
 * collection, the folder that holds it, one of its folders or a part of one.
 */
export function* filesOf(given: string): Generator<{ readonly path: string; readonly text: string }> {
  const folder = existsSync(join(given, TESTS)) ? join(given, TESTS) : given;
  const above = FOLDERS.has(basename(resolve(folder))) ? dirname(resolve(folder)) : folder;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".json")) continue;
    const file = resolve(join(entry.parentPath, entry.name));
    const from = file.lastIndexOf(TESTS);
    yield {
      path: from < 0 ? relative(above, file) : file.slice(from + TESTS.length),
      text: readFileSync(file, "utf8"),
    };
  }
}

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
