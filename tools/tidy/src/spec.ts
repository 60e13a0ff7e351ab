import { isCode, isMarkdown } from "./files.ts";
import type { Repository } from "./repository.ts";

/** A number of a specification, and where it stands. */
export interface Clause {
  /** `3.2`. */
  readonly number: string;
  /** From 1. */
  readonly line: number;
}

/** The SPEC.md of a package. */
export interface Spec {
  readonly path: string;
  /** The folder's name, which goes before SPEC where others cite it. */
  readonly owner: string;
  readonly sections: readonly Clause[];
  readonly clauses: readonly Clause[];
}

/** A clause or section that a text names. */
export interface Citation extends Clause {
  /** The package that is named; null = the one in which the text stands. */
  readonly owner: string | null;
}

/** What separates two words, also over the end of a comment's line. */
const GAP = String.raw`(?:\s|\n\s*(?:\*|//|#)\s)+`;
const LIST = String.raw`\d+(?:\.\d+)?(?:(?:,|,? and| or| to)${GAP}\d+\.\d+)*`;
const CITATION = new RegExp(String.raw`(?:([\w-]+)(?:'s)?(?:${GAP}|/))?\bSPEC(?:\.md)?[\`)]*${GAP}(${LIST})`, "g");

export function specs({ paths, read }: Repository): Spec[] {
  return paths
    .filter((path) => /^packages\/[^/]+\/SPEC\.md$/.test(path))
    .map((path) => {
      const lines = read(path).split("\n");
      const numbered = (pattern: RegExp) =>
        lines.flatMap((text, i): Clause[] => {
          const number = pattern.exec(text)?.[1];
          return number === undefined ? [] : [{ number, line: i + 1 }];
        });
      return {
        path,
        owner: path.split("/")[1]!,
        sections: numbered(/^## (\d+)\. /),
        clauses: numbered(/^(\d+\.\d+) /),
      };
    });
}

/** Files whose citations count: not the history of changes. */
export function citingPaths({ paths }: Repository): string[] {
  return paths
    .filter((path) => isCode(path) || isMarkdown(path) || /\.(txt|snap)$/.test(path))
    .filter((path) => !path.startsWith(".changeset/"));
}

/** What a text cites. A word before SPEC that is in `owners` is the package it means. */
export function citations(text: string, owners: ReadonlySet<string>): Citation[] {
  const found: Citation[] = [];
  for (const match of text.matchAll(CITATION)) {
    const [whole, word, list] = match;
    const owner = word !== undefined && owners.has(word.toLowerCase()) ? word.toLowerCase() : null;
    const line = text.slice(0, match.index + whole.indexOf("SPEC")).split("\n").length;
    for (const [number] of list!.matchAll(/\d+(?:\.\d+)?/g)) found.push({ owner, number, line });
  }
  return found;
}

/** Orders `1.9` before `1.10`. */
export function compareNumbers(a: string, b: string): number {
  const [x, y] = [a.split(".").map(Number), b.split(".").map(Number)];
  return x[0]! - y[0]! || (x[1] ?? 0) - (y[1] ?? 0);
}
