import { expect, it } from "vitest";
import { found } from "../testing/found.ts";
import { repositoryOf } from "../testing/scratch.ts";
import { bareErrors } from "./bare-errors.ts";

it("finds bare errors in what packages and apps ship", () => {
  const repository = repositoryOf({
    "packages/pool/src/a.ts": 'export const a = 1;\nthrow new RangeError("b");\n',
    "packages/pool/src/b.ts": 'throw new FbError("CODE", "b");\n',
    "packages/pool/src/b.test.ts": 'throw new Error("b");\n',
    "packages/pool/src/testing/c.ts": 'throw new Error("b");\n',
    "apps/node/src/a.ts": "stream.abort(new TypeError());\nPromise.reject(new Error());\n",
    "tools/bench/src/a.ts": "throw new Error();\n",
  });
  expect(found(bareErrors, repository)).toEqual([
    "apps/node/src/a.ts:1: a bare TypeError",
    "apps/node/src/a.ts:2: a bare Error",
    "packages/pool/src/a.ts:2: a bare RangeError",
  ]);
});
