import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { compileEngine, renderModule } from "../scripts/compile-engine.ts";

it("src/engine/module.ts is byte for byte what assembly/ compiles to", async () => {
  const checkedIn = readFileSync(new URL("../src/engine/module.ts", import.meta.url), "utf8");
  expect(renderModule(await compileEngine()) === checkedIn).toBe(true);
}, 120_000);
