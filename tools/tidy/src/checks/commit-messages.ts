import type { Check, Finding } from "../check.ts";
import { mergeBase, type Repository } from "../repository.ts";

const TYPES = ["feat", "fix", "perf", "refactor", "test", "docs", "build", "ci", "revert"];
const SUBJECT = new RegExp(`^(${TYPES.join("|")})(\\([a-z0-9,-]+\\))?!?: \\S`);
/** From here on a feature or a refactoring is too large for its reason to be obvious. */
const LARGE_LINES = 200;

export const commitMessages: Check = {
  name: "commit-messages",
  rule: `A commit is called \`type(scope): what\`; a feat or refactor of ${LARGE_LINES} lines or more says why in its body.`,
  find(repository) {
    const base = mergeBase(repository);
    if (base === null) return [];
    const hashes = repository
      .git(["rev-list", "--no-merges", `${base}..HEAD`])
      .split("\n")
      .filter(Boolean);
    return hashes.flatMap((hash) => faults(repository, hash));
  },
};

function faults({ git }: Repository, hash: string): Finding[] {
  const [subject, ...body] = git(["show", "--no-patch", "--format=%B", hash]).trim().split("\n");
  const path = `commit ${hash.slice(0, 10)}`;
  const type = SUBJECT.exec(subject!)?.[1];
  if (type === undefined)
    return [{ path, line: 1, problem: `"${subject}" has no type`, fix: `type(scope): what, with ${TYPES.join(", ")}` }];
  if (!["feat", "refactor"].includes(type) || body.join("").trim() !== "") return [];
  const lines = git(["show", "--numstat", "--format=", hash])
    .split("\n")
    .reduce((sum, row) => row.split("\t", 2).reduce((all, count) => all + (Number(count) || 0), sum), 0);
  if (lines < LARGE_LINES) return [];
  return [
    { path, line: 3, problem: `"${subject}" changes ${lines} lines and does not say why`, fix: "give it a body" },
  ];
}
