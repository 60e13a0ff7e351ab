import { expect, it } from "vitest";
import { found } from "../testing/found.ts";
import { repositoryOf } from "../testing/scratch.ts";
import { homes } from "./homes.ts";

const manifest = (more = {}) =>
  JSON.stringify({
    name: "@fb/pool",
    exports: { ".": { "fb-source": "./src/index.ts" }, "./core": { "fb-source": "./src/core/index.ts" } },
    ...more,
  });
const INDEX = `export { type PoolDeps, type PoolOptions, createPool } from "./pool.ts";
export type { SealOptions } from "./options.ts";
export type { SealDeps } from "./ports.ts";
`;
const CORE = 'export { type CoreDeps } from "../ports.ts";\nexport interface CoreOptions {}\n';

it("finds options and deps that an entry has from elsewhere", () => {
  const files = { "packages/pool/src/index.ts": INDEX, "packages/pool/src/core/index.ts": CORE };
  expect(found(homes, repositoryOf({ ...files, "packages/pool/package.json": manifest() }))).toEqual([
    "packages/pool/src/index.ts:1: PoolDeps is declared in pool.ts",
    "packages/pool/src/index.ts:1: PoolOptions is declared in pool.ts",
    "packages/pool/src/core/index.ts:2: CoreOptions is declared in index.ts",
  ]);
  expect(found(homes, repositoryOf({ ...files, "packages/pool/package.json": manifest({ private: true }) }))).toEqual(
    [],
  );
});
