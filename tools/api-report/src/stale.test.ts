import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { publishedEntries } from "./entries.ts";
import { staleReports } from "./stale.ts";

const published = (name: string, more = {}) =>
  JSON.stringify({
    name,
    publishConfig: { exports: { ".": { types: "./dist/index.d.ts" }, "./worker": "./dist/worker.js" } },
    ...more,
  });

function repository(files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), "fb-api-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  return { root, write, stale: () => staleReports(root, publishedEntries(root)) };
}

it("is stale when an export changed, when nothing exports it any more, and not when it was written anew", () => {
  const { root, write, stale } = repository({
    "packages/pool/package.json": published("@fb/pool"),
    "packages/pool/dist/index.d.ts": "export interface Pool { readonly size: number }",
    "packages/kit/package.json": published("@fb/kit", { private: true }),
  });
  const paths = () => [...stale().keys()].map((path) => relative(root, path));
  const writeAll = () => {
    for (const [path, text] of stale()) if (text !== null) write(relative(root, path), text);
  };
  expect(paths()).toEqual(["packages/pool/api/index.api.md"]);
  writeAll();
  expect(paths()).toEqual([]);
  write("packages/pool/dist/index.d.ts", "export interface Pool { readonly length: number }");
  expect(paths()).toEqual(["packages/pool/api/index.api.md"]);
  writeAll();
  write("packages/pool/api/core.api.md", "");
  expect(stale()).toEqual(new Map([[join(root, "packages/pool/api/core.api.md"), null]]));
});
