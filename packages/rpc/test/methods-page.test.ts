import { expect, it } from "vitest";
import { CLIENT_METHODS, OPERATOR_METHODS } from "../src/methods/table.ts";
import { declaredMethods, methodsPage } from "./methods-page.ts";

it("METHODS.md is what the types and the method table say (pnpm docs:rpc writes it)", async () => {
  await expect(methodsPage()).toMatchFileSnapshot("../METHODS.md");
});

const declared = declaredMethods().flatMap(({ methods }) => methods);

it.each(Object.entries({ ...CLIENT_METHODS, ...OPERATOR_METHODS }))(
  "%s takes the parameters it declares",
  (name, own) => {
    const params = own.params.map((param) => ({ name: param.name, isOptional: param.fallback !== undefined }));
    expect(declared.find((method) => method.name === name)!.params).toEqual(params);
  },
);
