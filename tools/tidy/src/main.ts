import { fileURLToPath } from "node:url";
import { createProgram, EXIT, runProgram } from "@fb/cli";
import { CHECKS } from "./checks.ts";
import { openRepository } from "./repository.ts";
import { runChecks } from "./run.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

const program = createProgram("pnpm tidy")
  .description("Holds the repository to its own rules. Exit code 1 when something breaks them.")
  .argument("[paths...]", "print only what is found in these files and folders")
  .addHelpText("after", `\n${CHECKS.map(({ name, rule }) => `  ${name.padEnd(18)}${rule}`).join("\n")}`)
  .action(tidy);

function tidy(paths: readonly string[]): void {
  const below = paths.map((path) => path.replace(/^\.\/|\/$/g, ""));
  const findings = runChecks(openRepository(ROOT), CHECKS).filter(
    ({ path }) => below.length === 0 || below.some((one) => path === one || path.startsWith(`${one}/`)),
  );
  for (const { path, line, check, problem, fix } of findings)
    console.log(`${path}:${line}: ${check}: ${problem}; ${fix}`);
  console.log(`${CHECKS.length} checks found ${findings.length === 0 ? "nothing" : findings.length}`);
  if (findings.length > 0) process.exitCode = EXIT.failed;
}

await runProgram(program);
