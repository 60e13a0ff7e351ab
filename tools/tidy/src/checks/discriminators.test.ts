import { expect, it } from "vitest";
import { found } from "../testing/found.ts";
import { repositoryOf } from "../testing/scratch.ts";
import { discriminators } from "./discriminators.ts";

it("finds tags that are not called type", () => {
  const repository = repositoryOf({
    "packages/pool/src/a.ts": 'type A =\n  | { readonly t: "tick" }\n  | { readonly kind:\n      "b" | "c" };\n',
    "packages/pool/src/b.ts": 'type B = { readonly type: "tick" } | { readonly kind: string; readonly k: number };\n',
  });
  expect(found(discriminators, repository)).toEqual(["packages/pool/src/a.ts:2: a union's tag is called t"]);
});
