import type { Session } from "./session.ts";
import type { View } from "./view.ts";

export type Section = "Status" | "Chain" | "Contracts" | "Accounts" | "Session";

/** Options of a command by camel-case name, as they were given. */
export type GivenOptions = Readonly<Record<string, string | boolean | undefined>>;

/** One command, the same in one-shot and interactive use. */
export interface CommandSpec {
  readonly name: string;
  readonly alias?: string;
  readonly section: Section;
  /** `<required> [optional] [rest...]`. */
  readonly args?: string;
  readonly summary: string;
  /** More help: formats and an example. */
  readonly details?: string;
  readonly options?: readonly (readonly [flags: string, summary: string])[];
  /** Arguments that are files, by position, for completion. */
  readonly fileArgument?: boolean;
  run(session: Session, args: readonly string[], options: GivenOptions): Promise<View>;
}
