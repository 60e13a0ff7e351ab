import type { Check, Finding } from "../check.ts";
import { isTest, packageOf } from "../files.ts";
import type { Repository } from "../repository.ts";
import { citations, citingPaths, compareNumbers, type Spec, specs } from "../spec.ts";

export const specClauses: Check = {
  name: "spec-clauses",
  rule: "A SPEC.md is sections `## n. Title` of clauses `n.m Text`, in order, and a test names each clause.",
  find(repository) {
    const all = specs(repository);
    const named = namedByTests(repository, new Set(all.map(({ owner }) => owner)));
    return all.flatMap((spec) => [
      ...misnumbered(spec, repository.read(spec.path)),
      ...spec.clauses
        .filter(({ number }) => !named.has(`${spec.owner} ${number}`))
        .map(({ number, line }) => ({
          path: spec.path,
          line,
          problem: `no test names ${number}`,
          fix: `write "SPEC ${number}" in the title or a comment of the test that holds it`,
        })),
    ]);
  },
};

function misnumbered({ path, sections, clauses }: Spec, text: string): Finding[] {
  const findings: Finding[] = [];
  const tell = (line: number, problem: string, fix: string) => findings.push({ path, line, problem, fix });
  for (const [i, { number, line }] of sections.entries()) {
    if (i > 0 && compareNumbers(sections[i - 1]!.number, number) >= 0)
      tell(line, `section ${number} comes after ${sections[i - 1]!.number}`, "number sections in ascending order");
    if (!clauses.some((clause) => clause.number.startsWith(`${number}.`)))
      tell(line, `section ${number} has no clause`, `begin its paragraphs with ${number}.1, ${number}.2`);
  }
  for (const [i, { number, line }] of clauses.entries()) {
    const section = sections.findLast((one) => one.line < line)?.number ?? "none";
    if (!number.startsWith(`${section}.`))
      tell(line, `clause ${number} stands in section ${section}`, "number it anew");
    if (i > 0 && compareNumbers(clauses[i - 1]!.number, number) >= 0)
      tell(
        line,
        `clause ${number} comes after ${clauses[i - 1]!.number}`,
        "number clauses in ascending order, each once",
      );
  }
  for (const [i, content] of text.split("\n").entries()) {
    const item = /^(\d+)\. /.exec(content)?.[1];
    if (item !== undefined) tell(i + 1, `clause ${item}. lacks its section`, "write section and number: 1.2");
  }
  return findings;
}

/** `txpool 1.7` for every clause that some test cites. */
function namedByTests(repository: Repository, owners: ReadonlySet<string>): ReadonlySet<string> {
  const named = new Set<string>();
  for (const path of citingPaths(repository).filter(isTest)) {
    const home = packageOf(path)?.split("/")[1] ?? "";
    for (const { owner, number } of citations(repository.read(path), owners)) named.add(`${owner ?? home} ${number}`);
  }
  return named;
}
