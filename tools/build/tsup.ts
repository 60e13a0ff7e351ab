import { defineConfig, type Options } from "tsup";

/** The one way a package of this repository is built: ESM plus declarations, one output per public entry point. */
export function library(entry: Record<string, string> = { index: "src/index.ts" }, extra: Options = {}) {
  return defineConfig({
    entry,
    format: "esm",
    target: "node22",
    dts: true,
    sourcemap: true,
    clean: true,
    splitting: true,
    treeshake: true,
    removeNodeProtocol: false,
    ...extra,
  });
}
