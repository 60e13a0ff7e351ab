import { expect, it } from "vitest";
import { found } from "../testing/found.ts";
import { repositoryOf } from "../testing/scratch.ts";
import { specClauses } from "./spec-clauses.ts";

const faults = (spec: string, files = {}) =>
  found(
    specClauses,
    repositoryOf({
      "packages/pool/SPEC.md": spec,
      "packages/pool/src/pool.test.ts": "// SPEC 1.1, 1.2 and 1.10\n",
      ...files,
    }),
  ).map((text) => text.replace("packages/pool/SPEC.md:", ""));

it("takes clauses in order that tests name, wherever these are", () => {
  const spec = "## 1. A\n\n1.1 One.\n1.2 Two.\n1.10 Ten.\n\n## 2. B\n\n2.1 One.\n2.2 Two.\n";
  const files = {
    "packages/pool/testdata/script.txt": "# SPEC 2.1\n",
    "packages/ledger/test/a.test.ts": 'it("obeys (pool SPEC 2.2)", () => {});\n',
  };
  expect(faults(spec, files)).toEqual([]);
});

it("finds a clause that no test names: sources and the tests of others do not", () => {
  const files = {
    "packages/pool/src/pool.ts": "// SPEC 2.1\n",
    "packages/ledger/test/a.test.ts": "// SPEC 2.1\n",
  };
  expect(faults("## 2. B\n\n2.1 One.\n", files)).toEqual(["3: no test names 2.1"]);
});

it.each([
  ["## 1. A\n\n1.2 Two.\n1.1 One.\n", "4: clause 1.1 comes after 1.2"],
  ["## 1. A\n\n1.1 One.\n1.1 Again.\n", "4: clause 1.1 comes after 1.1"],
  ["## 1. A\n\n1.1 One.\n\n## 2. B\n\n1.2 Two.\n", "5: section 2 has no clause"],
  ["## 1. A\n\n1.1 One.\n1. Two.\n", "4: clause 1. lacks its section"],
  ["## 1. A\n\nAll of it.\n", "1: section 1 has no clause"],
  ["## 2. A\n\n1.1 One.\n", "3: clause 1.1 stands in section 2"],
])("finds what is misnumbered: %j", (spec, fault) => expect(faults(spec)).toContain(fault));
