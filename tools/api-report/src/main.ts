import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { createProgram, EXIT, runProgram } from "@fb/cli";
import { type Entry, existingReports, publishedEntries } from "./entries.ts";
import { renderReport } from "./render.ts";
import { readSurfaces } from "./surface.ts";

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
    const stale = staleReports(entries);
    if (!check) for (const [path, text] of stale) update(path, text);
    else if (stale.size > 0) fail([...stale.keys()], "is stale; pnpm build && pnpm api");
  });

/** Reports that are not what the declarations say, with what they should be; null = none. */
function staleReports(entries: readonly Entry[]): Map<string, string | null> {
  const surfaces = readSurfaces(entries.map(({ declarations }) => declarations));
  const stale = new Map<string, string | null>(existingReports(ROOT).map((path) => [path, null]));
  for (const { name, declarations, report } of entries) {
    const text = renderReport(name, surfaces.get(declarations)!);
    if (existsSync(report) && readFileSync(report, "utf8") === text) stale.delete(report);
    else stale.set(report, text);
  }
  return stale;
}

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
