// Compiles assembly/ and writes the module as base64 into src/engine/module.ts. `--check` only compares.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compileEngine, renderModule } from "./compile-engine.ts";

const target = fileURLToPath(new URL("../src/engine/module.ts", import.meta.url));
const text = renderModule(await compileEngine());
if (process.argv.includes("--check")) {
  const same = readFileSync(target, "utf8") === text;
  process.stdout.write(
    same ? "module.ts is what assembly/ compiles to\n" : "module.ts is stale: run pnpm build:wasm\n",
  );
  process.exitCode = same ? 0 : 1;
} else {
  writeFileSync(target, text);
  process.stdout.write(`wrote ${text.length} characters\n`);
}
