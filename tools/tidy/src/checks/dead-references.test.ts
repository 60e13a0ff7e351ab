import { describe, expect, it } from "vitest";
import { found } from "../testing/found.ts";
import { repositoryOf } from "../testing/scratch.ts";
import { deadReferences } from "./dead-references.ts";

const FILES = {
  "README.md": "# Words\n\n## The walk, of one\n",
  "tools/docs/adr/0004-two.md": "# Two\n",
  "packages/pool/package.json": '{ "name": "@fb/pool", "exports": { ".": {}, "./core": {}, "./sol/Pool.sol": "" } }',
  "packages/pool/src/order.ts": "export const order = 1;\n",
  "packages/pool/test/order.test.ts": "",
};
const comment = (text: string) =>
  found(deadReferences, repositoryOf({ ...FILES, "packages/pool/src/a.ts": `// ${text}\n` }));
const page = (text: string) =>
  found(deadReferences, repositoryOf({ ...FILES, "packages/pool/README.md": `${text}\n` }));

describe("dead references", () => {
  it.each([
    "see order.ts and `src/order.ts`, `packages/pool/src`, `test/*.test.ts`, `pool/src/order.ts`",
    "`@fb/pool` and `@fb/pool/core`; `@fb/pool/sol/Pool.sol`. ADR 4 and ADR 0004",
    "what dist/index.d.ts is, and `conf/node.key` of a user",
  ])("lets a comment say: %s", (text) => expect(comment(text)).toEqual([]));

  it.each([
    ["see gone.ts.", "gone.ts"],
    ["in `src/gone`", "src/gone"],
    ["in `packages/gone/src`", "packages/gone/src"],
    ["by `pool/src/gone.ts`", "pool/src/gone.ts"],
    ["`test/*.sim.ts`", "test/*.sim.ts"],
    ["`@fb/gone`", "@fb/gone"],
    ["`@fb/pool/gone`", "@fb/pool/gone"],
    ["`@fb/pool/sol/Gone.sol`", "@fb/pool/sol/Gone.sol"],
    ["ADR 0005", "ADR 0005"],
  ])("finds in a comment: %s", (text, name) =>
    expect(comment(text)).toEqual([`packages/pool/src/a.ts:1: there is no ${name}`]),
  );

  it.each([
    "[words](../../README.md#the-walk-of-one), [source](src), [order](src/order.ts), [far](https://a.b/c)",
    "```sh\ncat `src/gone.ts` [x](gone.md)\n```",
  ])("lets a page say: %s", (text) => expect(page(text)).toEqual([]));

  it.each([
    ["[words](../README.md)", "../README.md"],
    ["[words](../../README.md#the-run)", "../../README.md#the-run"],
    ["the rules of `src/gone.ts`", "src/gone.ts"],
  ])("finds on a page: %s", (text, name) =>
    expect(page(text)).toEqual([`packages/pool/README.md:1: there is no ${name}`]),
  );
});
