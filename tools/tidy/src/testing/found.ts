import type { Check } from "../check.ts";
import type { Repository } from "../repository.ts";

/** Findings as `path:line: problem`. */
export function found({ find }: Check, repository: Repository): string[] {
  return find(repository).map(({ path, line, problem }) => `${path}:${line}: ${problem}`);
}
