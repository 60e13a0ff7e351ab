import type { Check, Finding } from "../check.ts";
import { lineAt, packageOf } from "../files.ts";
import { citations, citingPaths, specs } from "../spec.ts";

/** The page on which this repository was designed is not part of it. */
const OUTSIDE = /\bDESIGN(?: \d|'s)/g;

export const specCitations: Check = {
  name: "spec-citations",
  rule: "A cited clause exists: `SPEC n.m` inside the package, `<package> SPEC n.m` from elsewhere.",
  find(repository) {
    const findings: Finding[] = [];
    const all = new Map(specs(repository).map((spec) => [spec.owner, spec]));
    const owners = new Set(all.keys());
    for (const path of citingPaths(repository)) {
      const home = packageOf(path)?.split("/")[1] ?? "";
      const text = repository.read(path);
      for (const { index } of text.matchAll(OUTSIDE))
        findings.push({
          path,
          line: lineAt(text, index),
          problem: "DESIGN is not in this repository",
          fix: "name a clause or an ADR",
        });
      for (const { owner, number, line } of citations(text, owners)) {
        const spec = all.get(owner ?? home);
        if (spec === undefined)
          findings.push({
            path,
            line,
            problem: `SPEC ${number} of which package?`,
            fix: `write "<package> SPEC ${number}"`,
          });
        else if (![...spec.sections, ...spec.clauses].some((clause) => clause.number === number))
          findings.push({
            path,
            line,
            problem: `there is no ${number} in ${spec.path}`,
            fix: "name the clause it became",
          });
      }
    }
    return findings;
  },
};
