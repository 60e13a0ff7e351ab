import { expect, it } from "vitest";
import type { Check } from "./check.ts";
import { lineAt } from "./files.ts";
import { runChecks } from "./run.ts";
import { repositoryOf } from "./testing/scratch.ts";

const shouting: Check = {
  name: "shouting",
  rule: "No exclamation marks.",
  find: ({ paths, read }) =>
    paths.flatMap((path) =>
      [...read(path).matchAll(/!/g)].map(({ index }) => ({
        path,
        line: lineAt(read(path), index),
        problem: "loud",
        fix: "calm down",
      })),
    ),
};
const faults = (text: string) =>
  runChecks(repositoryOf({ "a.ts": text }), [shouting]).map(
    ({ path, line, check, problem }) => `${path}:${line}: ${check}: ${problem}`,
  );

it("tells what the checks find, unless a comment there gives a reason", () => {
  expect(faults("a;\nb!;\n")).toEqual(["a.ts:2: shouting: loud"]);
  expect(faults("// tidy-ignore shouting: it is Tuesday\nb!;\n")).toEqual([]);
  expect(faults("b!; // tidy-ignore shouting: it is Tuesday\n")).toEqual([]);
  expect(faults("// tidy-ignore whispering: it is Tuesday\nb!;\n")).toEqual([
    "a.ts:2: shouting: loud",
    "a.ts:1: tidy-ignore: whispering finds nothing here",
  ]);
});

it("finds exceptions without a reason, and those that nothing needs", () => {
  expect(faults("// tidy-ignore shouting\nb!;\n")).toEqual(["a.ts:1: tidy-ignore: an exception without a reason"]);
  expect(faults("// tidy-ignore shouting: it is Tuesday\nb;\n")).toEqual([
    "a.ts:1: tidy-ignore: shouting finds nothing here",
  ]);
});
