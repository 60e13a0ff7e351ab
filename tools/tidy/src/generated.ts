import type { Repository } from "./repository.ts";

/** Files that .gitattributes marks `linguist-generated`. */
export function generatedPaths({ git, paths }: Repository): ReadonlySet<string> {
  const output = git(["check-attr", "-z", "--stdin", "linguist-generated"], paths.map((path) => `${path}\0`).join(""));
  // Path, attribute and value in turn.
  const fields = output.split("\0");
  return new Set(paths.filter((_, i) => ["set", "true"].includes(fields[3 * i + 2]!)));
}
