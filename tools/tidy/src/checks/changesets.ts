import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Check, Finding } from "../check.ts";
import { isShipped, packageOf } from "../files.ts";
import { packages } from "../manifest.ts";
import { mergeBase, type Repository } from "../repository.ts";

export const changesets: Check = {
  name: "changesets",
  rule: "A branch that changes the source of a published package brings a changeset that names it.",
  find(repository) {
    const base = mergeBase(repository);
    if (base === null) return [];
    const changed = repository.git(["diff", "--name-only", base]).split("\n");
    const sources = new Set(changed.filter(isShipped).map(packageOf));
    const owed = packages(repository).filter(
      ({ folder, manifest }) => manifest.private !== true && sources.has(folder),
    );
    if (owed.length === 0 && !changed.some((path) => path.startsWith(".changeset/"))) return [];
    const plan = releasePlan(repository, base);
    if ("problem" in plan) return [plan];
    return owed
      .filter(({ manifest }) => !plan.names.has(manifest.name))
      .map(({ folder, manifest }) => ({
        path: `${folder}/package.json`,
        line: 1,
        problem: `${manifest.name} changed and no changeset of this branch names it`,
        fix: "pnpm changeset",
      }));
  },
};

/** What `changeset status` makes of the changesets since `base`, or what it has against them. */
function releasePlan({ root }: Repository, base: string): { readonly names: ReadonlySet<string> } | Finding {
  const folder = mkdtempSync(join(tmpdir(), "fb-tidy-"));
  // The path is taken from the root, whatever it looks like.
  const output = join(folder, "plan.json");
  try {
    execFileSync(join(root, "node_modules/.bin/changeset"), ["status", `--since=${base}`, `--output=${output}`], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    const plan = JSON.parse(readFileSync(output, "utf8")) as {
      readonly changesets: readonly { readonly releases: readonly { readonly name: string }[] }[];
    };
    return { names: new Set(plan.changesets.flatMap(({ releases }) => releases.map(({ name }) => name))) };
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    const output = `${stderr}${stdout}`.replace(/\s+/g, " ").trim();
    if (output.includes("no changesets were found")) return { names: new Set() };
    return { path: ".changeset", line: 1, problem: `changeset status: ${output}`, fix: "correct the changeset" };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
