import { FbError } from "@fb/types";
import { Command, InvalidArgumentError } from "commander";
import { EXIT, exitCodeOf } from "./exit.ts";

/** A command line whose help is no error, and which ends with the code of wrong usage when it is given wrongly. */
export function createProgram(name: string): Command {
  return new Command(name).exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.ok : EXIT.usage));
}

/** Runs the program with the arguments of this process. `usage` as in {@link exitCodeOf}. */
export async function runProgram<C extends string>(program: Command, usage: readonly C[] = []): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    console.error(describe(error));
    process.exitCode = exitCodeOf(error, usage);
  }
}

/** One line for what people cause, everything for a bug. */
function describe(error: unknown): unknown {
  if (error instanceof FbError) return `${error.code}: ${error.message}`;
  // What the system says of a file or folder names it.
  return error instanceof Error && "syscall" in error ? error.message : error;
}

/** Reads an option that is an integer. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max)
      throw new InvalidArgumentError(`expected an integer ${min}..${max}`);
    return value;
  };
}
