import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { MCL_FILE, renderMclModule } from "../../scripts/mcl-module.ts";

it(`${MCL_FILE} is byte for byte what mcl-wasm contains`, () => {
  const checkedIn = readFileSync(new URL(`../../${MCL_FILE}`, import.meta.url), "utf8");
  expect(renderMclModule() === checkedIn).toBe(true);
});
