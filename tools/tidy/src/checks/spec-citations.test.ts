import { expect, it } from "vitest";
import { found } from "../testing/found.ts";
import { repositoryOf } from "../testing/scratch.ts";
import { specCitations } from "./spec-citations.ts";

const SPEC = "# Pool\n\n## 1. Admission\n\n1.1 Size.\n1.2 Shape.\n\n## 2. Order\n\n2.1 By nonce.\n";
const FILES = { "packages/pool/SPEC.md": SPEC, "packages/chain/SPEC.md": "## 7. Rows\n\n7.1 One.\n" };

it.each([
  ["packages/pool/src/a.ts", "// SPEC 1.1 and 1.2, chain SPEC 7.1; packages/chain/SPEC.md 7\n"],
  ["packages/pool/src/a.ts", "/**\n * Room, of which SPEC 1.2,\n * 2.1 tell, and the pool's SPEC 2\n */\n"],
  ["README.md", "[pool](packages/pool/SPEC.md) 1.2, and chain SPEC 7.1 has 32 bytes\n"],
])("takes citations of what exists: %s %s", (path, text) => {
  expect(found(specCitations, repositoryOf({ ...FILES, [path]: text }))).toEqual([]);
});

it.each([
  ["packages/pool/src/a.ts", "\n// SPEC 1.1, 1.3: gone\n", 2, "there is no 1.3 in packages/pool/SPEC.md"],
  ["packages/pool/src/a.ts", "// chain SPEC 1.1\n", 1, "there is no 1.1 in packages/chain/SPEC.md"],
  ["packages/pool/test/a.test.ts", 'it("orders (SPEC 3)", () => {});\n', 1, "there is no 3 in packages/pool/SPEC.md"],
  ["packages/ledger/src/a.ts", "// SPEC 1.1\n", 1, "SPEC 1.1 of which package?"],
])("finds a dead citation: %s %s", (path, text, line, problem) => {
  expect(found(specCitations, repositoryOf({ ...FILES, [path]: text }))).toEqual([`${path}:${line}: ${problem}`]);
});

it("finds citations of the page that is not in the repository", () => {
  const files = {
    "packages/pool/src/a.ts": "/** In DESIGN's order\n * (DESIGN 3). */\n",
    "packages/pool/test/__snapshots__/a.snap": "exports[`obeys DESIGN 8 1`] = 1;\n",
  };
  expect(found(specCitations, repositoryOf({ ...FILES, ...files }))).toEqual([
    "packages/pool/src/a.ts:1: DESIGN is not in this repository",
    "packages/pool/src/a.ts:2: DESIGN is not in this repository",
    "packages/pool/test/__snapshots__/a.snap:1: DESIGN is not in this repository",
  ]);
});
