import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { BUILDS, compileEngine, renderModule } from "../scripts/compile-engine.ts";

for (const { file, tracing } of BUILDS) {
  it(`${file} is byte for byte what assembly/ compiles to`, async () => {
    const checkedIn = readFileSync(new URL(`../${file}`, import.meta.url), "utf8");
    expect(renderModule(await compileEngine(tracing)) === checkedIn).toBe(true);
  }, 120_000);
}
