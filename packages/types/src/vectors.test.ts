import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { plain, vectorCases } from "./testing/vector-cases.ts";

/**
 * Frozen vectors: a difference is a change of a format that chains already use. `FB_REWRITE=1` writes files that do not
 * exist yet; delete one by hand to change a format on purpose.
 */
describe("frozen vectors", () => {
  it.each(Object.entries(vectorCases()))("%s", (name, cases) => {
    const file = new URL(`../testdata/${name}.json`, import.meta.url);
    if (process.env["FB_REWRITE"] === "1" && !existsSync(file))
      writeFileSync(file, `${JSON.stringify(plain(cases), null, 1)}\n`);
    expect(plain(cases)).toEqual(JSON.parse(readFileSync(file, "utf8")));
  });
});
