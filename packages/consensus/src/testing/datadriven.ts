import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InvariantError } from "@fb/types";

export interface Command {
  readonly name: string;
  /** Words without `=`. */
  readonly args: readonly string[];
  /** Words with `=`. */
  readonly options: ReadonlyMap<string, string>;
  /** The line as written. */
  readonly line: string;
}

interface Case {
  readonly comments: readonly string[];
  readonly command: Command;
  readonly expected: string;
}

export function parseCommand(line: string): Command {
  const [name, ...words] = line.trim().split(/\s+/);
  const options = new Map<string, string>();
  const args: string[] = [];
  for (const word of words) {
    const at = word.indexOf("=");
    if (at > 0) options.set(word.slice(0, at), word.slice(at + 1));
    else args.push(word);
  }
  return { name: name!, args, options, line: line.trim() };
}

/** Cases of a script: comments, one command line, `----`, the expected lines up to the next empty line. */
function parseScript(text: string): { cases: Case[]; tail: string[] } {
  const cases: Case[] = [];
  let comments: string[] = [];
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (line === "" || line.startsWith("#")) {
      comments.push(line);
      continue;
    }
    const expected: string[] = [];
    if (lines[i + 1] === "----") {
      i += 2;
      while (i < lines.length && lines[i] !== "") expected.push(lines[i++]!);
      i -= 1;
    }
    cases.push({ comments, command: parseCommand(line), expected: expected.join("\n") });
    comments = [];
  }
  return { cases, tail: comments };
}

function render(cases: readonly (Case & { actual: string })[], tail: readonly string[]): string {
  const parts = cases.map(({ comments, command, actual }) => [...comments, command.line, "----", actual].join("\n"));
  return [parts.join("\n"), ...tail].join("\n");
}

/**
 * Runs one script file. With FB_REWRITE=1 the outputs in the file are replaced by what really happened; read the diff.
 *
 * @param run gives the output of a command; throws when the command is wrong or an invariant breaks.
 */
export function runScript(path: string, run: (command: Command) => string, compare: Compare): void {
  const { cases, tail } = parseScript(readFileSync(path, "utf8"));
  const rewrite = process.env["FB_REWRITE"] === "1";
  const done: (Case & { actual: string })[] = [];
  for (const one of cases) {
    const actual = run(one.command) || "ok";
    if (!rewrite) compare(actual, one.expected, `${path}: ${one.command.line}`);
    done.push({ ...one, actual });
  }
  if (rewrite) writeFileSync(path, render(done, tail));
}

export type Compare = (actual: string, expected: string, where: string) => void;

/** Script files of a folder, sorted. Throws when there is none, so that a moved folder cannot pass as green. */
export function scriptFiles(dir: string): string[] {
  const names = existsSync(dir) ? readdirSync(dir).filter((name) => name.endsWith(".txt")) : [];
  if (names.length === 0) throw new InvariantError("no scripts found", { dir });
  return names.sort().map((name) => join(dir, name));
}
