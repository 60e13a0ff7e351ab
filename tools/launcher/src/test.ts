import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ensureMariadb } from "@fb/mariadb";
import { FbError } from "@fb/types";
import { missingVectors, VECTORS_FOLDER } from "@fb/vectors";
import { run } from "./build.ts";
import type { LauncherErrorCode } from "./errors.ts";
import { STATE_FOLDER } from "./paths.ts";

interface Suite {
  readonly name: string;
  readonly budgetSeconds: number;
  readonly command: readonly string[];
  /** Counts from a vitest JSON report; a suite without one counts as a single test. */
  readonly report?: string;
}

const vitest = (name: string, budgetSeconds: number, ...args: string[]): Suite => {
  const report = join(STATE_FOLDER, `report-${name}.json`);
  return {
    name,
    budgetSeconds,
    report,
    command: ["vitest", "run", "--reporter=dot", "--reporter=json", `--outputFile.json=${report}`, ...args],
  };
};

const tool = (name: string, ...args: string[]) => [
  "node",
  "--conditions=fb-source",
  `tools/${name}/src/main.ts`,
  ...args,
];

/** Cheap checks first. */
const SUITES: readonly Suite[] = [
  { name: "lint", budgetSeconds: 30, command: ["biome", "ci", "."] },
  { name: "tidy", budgetSeconds: 15, command: tool("tidy") },
  { name: "types", budgetSeconds: 120, command: ["tsc", "--noEmit", "-p", "tsconfig.json"] },
  {
    name: "layers",
    budgetSeconds: 60,
    command: ["depcruise", "--config", ".dependency-cruiser.cjs", "packages", "apps", "tools"],
  },
  { name: "unused", budgetSeconds: 60, command: ["knip"] },
  vitest("unit", 600, "--project=unit"),
  { name: "build", budgetSeconds: 240, command: ["turbo", "run", "build", "--output-logs=errors-only", "--ui=stream"] },
  { name: "api", budgetSeconds: 15, command: tool("api-report", "--check") },
  vitest("packages", 240, "--project=packages"),
  vitest("e2e", 660, "--project=e2e"),
];

export const SUITE_NAMES = SUITES.map(({ name }) => name);

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

function countsOf(suite: Suite, code: number): Counts {
  const byExit = { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  if (suite.report === undefined) return byExit;
  if (!existsSync(suite.report)) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(readFileSync(suite.report, "utf8"));
  const counts = {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  };
  // A file that does not load, or a runner that dies, fails no single test.
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** Runs the named suites, or all, prints their seconds against their budgets and one closing line of counts. */
export async function test(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !SUITE_NAMES.includes(name));
  if (unknown.length > 0) {
    const message = `no suite ${unknown.join(", ")}; there are ${SUITE_NAMES.join(", ")}`;
    throw new FbError<LauncherErrorCode>("USAGE", message);
  }
  const total = { passed: 0, failed: 0, skipped: 0 };
  const suites = SUITES.filter(({ name }) => names.length === 0 || names.includes(name));
  const needs = (...some: readonly string[]) => suites.some(({ name }) => some.includes(name));
  const noMariadb = needs("unit", "e2e") ? await ensureMariadb(console.log) : null;
  for (const suite of suites) {
    if (suite.report !== undefined) rmSync(suite.report, { force: true });
    console.log(`\n== ${suite.name}`);
    const started = performance.now();
    const { code } = await run("pnpm", ["exec", ...suite.command], { NO_COLOR: "1" }, (text) =>
      process.stdout.write(text),
    );
    const seconds = (performance.now() - started) / 1000;
    const counts = countsOf(suite, code);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
    const late = seconds > suite.budgetSeconds ? "  OVER BUDGET" : "";
    console.log(
      `== ${suite.name}: ${counts.passed} passed, ${counts.failed} failed, ${seconds.toFixed(0)} s of ${suite.budgetSeconds} s${late}`,
    );
  }
  const missing = needs("unit") ? missingVectors() : [];
  if (missing.length > 0) {
    console.log(
      `\nno ${missing.join(" and ")} in ${VECTORS_FOLDER} (FB_VECTORS): their tests are skipped, the frozen ones ran`,
    );
  }
  if (noMariadb !== null) console.log(`\nno MariaDB (${noMariadb}): the tests of storage on MySQL are skipped`);
  const strict = process.env["CI"] === "true" && total.skipped > 0 && missing.length === 0 && noMariadb === null;
  if (strict) console.log("\nskipped tests count as failures with CI=true");
  console.log(
    `\n${total.passed} passed, ${total.failed + (strict ? total.skipped : 0)} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`,
  );
  if (total.failed > 0 || strict) process.exitCode = 1;
}
