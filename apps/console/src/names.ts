import type { CommandSpec } from "./command.ts";
import { ALL_COMMANDS } from "./commands/all.ts";

const SPECS: ReadonlyMap<string, CommandSpec> = new Map(
  ALL_COMMANDS.flatMap((spec) =>
    [spec.name, ...(spec.alias === undefined ? [] : [spec.alias])].map((name) => [name, spec]),
  ),
);

/** Every word that a line of the console may begin with. */
export const COMMAND_NAMES: readonly string[] = [...SPECS.keys(), "help", "quit"].sort();

export function commandNamed(name: string): CommandSpec | null {
  return SPECS.get(name) ?? null;
}

/** The name that a mistyped word most likely means; null when none is near. */
export function nearestOf(names: readonly string[], word: string): string | null {
  const [near] = names
    .map((name) => ({ name, edits: editDistance(word.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  return near !== undefined && near.edits <= Math.max(1, near.name.length / 3) ? near.name : null;
}

/** Letters to insert, remove or replace (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      next.push(Math.min(row[j + 1]! + 1, next[j]! + 1, row[j]! + (to[j] === letter ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1)!;
}
