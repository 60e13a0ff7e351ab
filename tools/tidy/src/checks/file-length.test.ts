import { expect, it } from "vitest";
import { found } from "../testing/found.ts";
import { repositoryOf } from "../testing/scratch.ts";
import { fileLength } from "./file-length.ts";

const lines = (count: number) => "x();\n".repeat(count);

it("finds long sources and longer tests, but leaves generated files alone", () => {
  const repository = repositoryOf({
    ".gitattributes": "packages/pool/src/table.ts linguist-generated\n",
    "packages/pool/src/table.ts": lines(2000),
    "packages/pool/src/right.ts": lines(300),
    "packages/pool/src/long.ts": lines(301),
    "packages/pool/src/right.test.ts": lines(400),
    "packages/pool/test/long.ts": lines(401),
    "tools/bench/src/long.ts": lines(301),
  });
  expect(found(fileLength, repository)).toEqual([
    "packages/pool/src/long.ts:301: 301 lines, 300 are allowed",
    "packages/pool/test/long.ts:401: 401 lines, 400 are allowed",
    "tools/bench/src/long.ts:301: 301 lines, 300 are allowed",
  ]);
});
