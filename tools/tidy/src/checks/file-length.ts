import type { Check } from "../check.ts";
import { isCode, isTest } from "../files.ts";
import { generatedPaths } from "../generated.ts";

const MAX_SOURCE_LINES = 300;
const MAX_TEST_LINES = 400;

export const fileLength: Check = {
  name: "file-length",
  rule: `A file holds one idea: at most ${MAX_SOURCE_LINES} lines, a test at most ${MAX_TEST_LINES}; generated ones are free.`,
  find(repository) {
    const generated = generatedPaths(repository);
    return repository.paths
      .filter((path) => isCode(path) && !generated.has(path))
      .map((path) => ({ path, lines: repository.read(path).trimEnd().split("\n").length, max: maxLines(path) }))
      .filter(({ lines, max }) => lines > max)
      .map(({ path, lines, max }) => ({
        path,
        line: max + 1,
        problem: `${lines} lines, ${max} are allowed`,
        fix: "give its second idea a file of its own",
      }));
  },
};

function maxLines(path: string): number {
  return isTest(path) ? MAX_TEST_LINES : MAX_SOURCE_LINES;
}
