import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { FOLDERS } from "./lists.ts";

const TESTS = "GeneralStateTests/";

/**
 * Test files as (path, text). A path begins with the name of one of the folders of GeneralStateTests: `given` may be that
 * collection, the folder that holds it, one of its folders or a part of one.
 */
export function* filesOf(given: string): Generator<{ readonly path: string; readonly text: string }> {
  const folder = existsSync(join(given, TESTS)) ? join(given, TESTS) : given;
  const above = FOLDERS.has(basename(resolve(folder))) ? dirname(resolve(folder)) : folder;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".json")) continue;
    const file = resolve(join(entry.parentPath, entry.name));
    const from = file.lastIndexOf(TESTS);
    yield {
      path: from < 0 ? relative(above, file) : file.slice(from + TESTS.length),
      text: readFileSync(file, "utf8"),
    };
  }
}
