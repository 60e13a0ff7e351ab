import type { ParseArgsConfig } from "node:util";
import type { JobDeps } from "@fb/maintenance";

type OptionTypes = NonNullable<ParseArgsConfig["options"]>;

/** An option with the line that explains it. */
export type StorageOption = OptionTypes[string] & {
  /** How its value is called in the help; absent = a switch. */
  readonly value?: string;
  readonly help: string;
};

/** What was given on the command line. */
export interface StorageInput {
  readonly text: (option: string) => string | null;
  /** A whole number from 0 on; null when it was not given. Throws USAGE. */
  readonly number: (option: string) => number | null;
  readonly isOn: (option: string) => boolean;
  /** The file, of a command that takes one. */
  readonly file: string;
}

/** What a command tells: lines for people, one object for programs. */
export interface StorageOutcome {
  readonly lines: readonly string[];
  readonly json: object;
  /** Whether a fault was found. */
  readonly faulty: boolean;
}

export interface StorageCommand {
  readonly name: string;
  readonly summary: string;
  /** Whether a file is named on the command line. */
  readonly takesFile: boolean;
  /** Beside those of all commands. */
  readonly options: Readonly<Record<string, StorageOption>>;
  run(input: StorageInput, job: JobDeps): Promise<StorageOutcome>;
}
