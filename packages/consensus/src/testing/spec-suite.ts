import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const CLAUSE = /^(\d+\.\d+) /gm;
/** "SPEC 1.2, 1.3", also over the end of a comment's line. */
const NAMES = /SPEC ((?:\d+\.\d+(?:,?\s+(?:# |and )?)?)+)/g;
const NUMBER = /\d+\.\d+/g;

/**
 * Holds a specification to what it says of itself: each clause is named by a test, a script or a suite.
 *
 * @param dir the package; its tests say "SPEC 1.2".
 * @param others further packages, whose tests say "<prefix> SPEC 1.2".
 */
export function describeSpec(dir: string, others: readonly string[] = [], prefix = ""): void {
  describe(`${join(dir, "SPEC.md")}`, () => {
    it("has each of its clauses named by a test", () => {
      const clauses = [...readFileSync(join(dir, "SPEC.md"), "utf8").matchAll(CLAUSE)].map(([, clause]) => clause!);
      const named = new Set([...texts(dir)].flatMap(namedIn));
      for (const other of others) {
        for (const text of texts(other)) {
          for (const part of text.split(`${prefix} `).slice(1))
            for (const clause of namedFirst(part)) named.add(clause);
        }
      }
      expect(clauses.length).toBeGreaterThan(0);
      expect(clauses.filter((clause) => !named.has(clause))).toEqual([]);
    });
  });
}

function namedIn(text: string): string[] {
  return [...text.matchAll(NAMES)].flatMap(([, list]) => list!.match(NUMBER) ?? []);
}

function namedFirst(text: string): string[] {
  return text.startsWith("SPEC ") ? (new RegExp(NAMES).exec(text)?.[1]?.match(NUMBER) ?? []) : [];
}

/** Tests, scripts and what only tests use. */
function texts(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((path) => !path.includes("node_modules"))
    .filter((path) => /\.test\.ts$|^testdata\/.*\.txt$|^test\/.*\.ts$|\/testing\/.*\.ts$/.test(path))
    .map((path) => readFileSync(join(dir, path), "utf8"));
}
