// Writes src/precompiles/mcl-module.ts from the installed mcl-wasm.
import { writeFileSync } from "node:fs";
import { MCL_FILE, renderMclModule } from "./mcl-module.ts";

writeFileSync(new URL(`../${MCL_FILE}`, import.meta.url), renderMclModule());
