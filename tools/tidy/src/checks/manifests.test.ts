import { expect, it } from "vitest";
import { found } from "../testing/found.ts";
import { repositoryOf } from "../testing/scratch.ts";
import { manifests } from "./manifests.ts";

const MANIFEST = {
  name: "@fb/pool",
  repository: { directory: "packages/pool" },
  files: ["dist", "README.md"],
  exports: { ".": { "fb-source": "./src/index.ts" } },
  dependencies: { ethers: "1" },
  devDependencies: { solc: "1" },
};
const FILES = {
  "package.json": '{ "devDependencies": { "vitest": "1" } }',
  "packages/pool/README.md": "",
  "packages/pool/src/index.ts": 'import "node:fs";\nimport { a } from "ethers/a";\nimport { b } from "@fb/pool";\n',
  "packages/pool/src/index.test.ts": 'import "vitest";\nconst solc = require("solc");\n',
};
const faults = (manifest: object, files = {}) =>
  found(
    manifests,
    repositoryOf({
      ...FILES,
      "packages/pool/package.json": JSON.stringify({ ...MANIFEST, ...manifest }, null, 1),
      ...files,
    }),
  ).map((text) => text.replace("packages/pool/", ""));

it("takes a manifest that tells the truth", () => expect(faults({})).toEqual([]));

it.each([
  [{ files: ["SPEC.md"] }, "package.json:7: there is no SPEC.md"],
  [{ exports: { "./core": { "fb-source": "./src/core.ts" } } }, "package.json:11: there is no ./src/core.ts"],
  [{ publishConfig: { exports: { "./core": {} } } }, "package.json:23: only a published package has ./core"],
  [{ repository: { directory: "packages/pond" } }, "package.json:4: repository.directory is not packages/pool"],
])("finds what is not there: %j", (manifest, fault) => expect(faults(manifest)).toEqual([fault]));

it("finds an import that is declared nowhere, or only for tests", () => {
  const source = 'import { c } from "solc";\nimport { v } from "vitest";\nexport { w } from "@a/ws/x";\n';
  expect(faults({}, { "packages/pool/src/more.ts": source })).toEqual([
    "src/more.ts:1: solc is not declared",
    "src/more.ts:2: vitest is not declared",
    "src/more.ts:3: @a/ws is not declared",
  ]);
  expect(faults({}, { "packages/pool/test/more.ts": source })).toEqual(["test/more.ts:3: @a/ws is not declared"]);
});
