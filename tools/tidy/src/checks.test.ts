import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CHECKS } from "./checks.ts";

it("is what CONTRIBUTING.md lists, in this order", () => {
  const page = readFileSync(new URL("../../../CONTRIBUTING.md", import.meta.url), "utf8");
  const listed = [...page.matchAll(/^\| `([a-z-]+)`/gm)].map(([, name]) => name);
  expect(CHECKS.map(({ name }) => name)).toEqual(listed);
});
