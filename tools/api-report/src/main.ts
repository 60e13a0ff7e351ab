import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { createProgram, EXIT, runProgram } from "@fb/cli";
import { publishedEntries } from "./entries.ts";
import { staleReports } from "./stale.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

const program = createProgram("pnpm api")
  .description("Writes the public API of every published package to its api/ folder, from its built declarations.")
  .option("--check", "only compare; exit code 1 when a report is stale", false)
  .action(({ check }: { readonly check: boolean }) => {
    const entries = publishedEntries(ROOT);
    const unbuilt = entries.filter(({ declarations }) => !existsSync(declarations));
    if (unbuilt.length > 0)
      return fail(
        unbuilt.map(({ declarations }) => declarations),
        "is missing; pnpm build",
      );
    const stale = staleReports(ROOT, entries);
    if (!check) for (const [path, text] of stale) update(path, text);
    else if (stale.size > 0) fail([...stale.keys()], "is stale; pnpm build && pnpm api");
  });

function update(path: string, text: string | null): void {
  mkdirSync(dirname(path), { recursive: true });
  if (text === null) rmSync(path);
  else writeFileSync(path, text);
  console.log(`${text === null ? "removed" : "wrote"} ${relative(ROOT, path)}`);
}

function fail(paths: readonly string[], problem: string): void {
  for (const path of paths) console.error(`${relative(ROOT, path)} ${problem}`);
  process.exitCode = EXIT.failed;
}

await runProgram(program);
