// Compiles assembly/ and writes both builds as base64: src/engine/module.ts and src/tracing/module.ts. `--check` only compares.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BUILDS, compileEngine, renderModule } from "./compile-engine.ts";

for (const { file, tracing } of BUILDS) {
  const target = fileURLToPath(new URL(`../${file}`, import.meta.url));
  const text = renderModule(await compileEngine(tracing));
  if (process.argv.includes("--check")) {
    const same = readFileSync(target, "utf8") === text;
    process.stdout.write(`${file} ${same ? "is what assembly/ compiles to" : "is stale: run pnpm build:wasm"}\n`);
    if (!same) process.exitCode = 1;
  } else {
    writeFileSync(target, text);
    process.stdout.write(`${file}: ${text.length} characters\n`);
  }
}
