import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { found } from "../testing/found.ts";
import { createScratch } from "../testing/scratch.ts";
import { changesets } from "./changesets.ts";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const FILES = {
  ".gitignore": "node_modules\n",
  "package.json": '{ "name": "root", "private": true, "version": "1.0.0" }',
  "pnpm-workspace.yaml": "packages:\n  - packages/*\n",
  "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
  ".changeset/config.json": '{ "baseBranch": "main", "access": "public" }',
  "packages/pool/package.json": '{ "name": "@fb/pool", "version": "1.0.0" }',
  "packages/pool/src/a.ts": "export const a = 1;\n",
  "packages/kit/package.json": '{ "name": "@fb/kit", "version": "1.0.0", "private": true }',
  "packages/kit/src/a.ts": "export const a = 1;\n",
};
const NOT_NAMED = "packages/pool/package.json:1: @fb/pool changed and no changeset of this branch names it";
const changeset = (name: string) => `---\n"${name}": minor\n---\n\nThe pool is deeper.\n`;

function branch() {
  const scratch = createScratch(FILES);
  // The program that people run too.
  symlinkSync(join(ROOT, "node_modules"), join(scratch.root, "node_modules"));
  scratch.commit("feat: all");
  return { ...scratch, faults: () => found(changesets, scratch.open()) };
}

it("demands nothing on main, nor for tests and private packages", () => {
  const { write, commit, faults } = branch();
  expect(faults()).toEqual([]);
  write({ "packages/pool/src/a.test.ts": "a();\n", "packages/kit/src/a.ts": "export const a = 2;\n" });
  commit("test: more", "work");
  expect(faults()).toEqual([]);
});

it("finds a published package that changed without a changeset", () => {
  const { write, commit, faults } = branch();
  write({ "packages/pool/src/a.ts": "export const a = 2;\n" });
  commit("feat: two", "work");
  expect(faults()).toEqual([NOT_NAMED]);
  write({ ".changeset/deep-pools.md": changeset("@fb/pool") });
  commit("docs: say it", "work");
  expect(faults()).toEqual([]);
});

it("finds a changeset that names another package, or none that there is", () => {
  const { write, commit, faults } = branch();
  write({ "packages/pool/src/a.ts": "export const a = 2;\n", ".changeset/deep-pools.md": changeset("@fb/kit") });
  commit("feat: two", "work");
  expect(faults()).toEqual([NOT_NAMED]);
  write({ ".changeset/deep-pools.md": changeset("@fb/pond") });
  expect(faults()).toEqual([expect.stringContaining("@fb/pond")]);
});
