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
