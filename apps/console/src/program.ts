import { Command, CommanderError } from "commander";
import type { CommandSpec, GivenOptions } from "./command.ts";
import { ALL_COMMANDS } from "./commands/all.ts";

export interface GlobalOptions {
  readonly url: string;
  readonly group: string;
  readonly json?: true;
  readonly key?: string;
  readonly account?: string;
  readonly keystore?: string;
  readonly passwordFile?: string;
}

export interface Invocation {
  readonly command: CommandSpec;
  readonly args: readonly string[];
  readonly options: GivenOptions;
}

/** What a command line asks for: a command, the interactive console (null), or text already shown. */
export type Parsed =
  | { readonly kind: "run"; readonly invocation: Invocation | null; readonly globals: GlobalOptions }
  | { readonly kind: "shown"; readonly exitCode: number };

export interface Output {
  out(text: string): void;
  err(text: string): void;
}

/** Why the parser stopped although nothing was wrong. */
const HELP_CODES = new Set(["commander.help", "commander.helpDisplayed"]);
const DEFAULT_URL = "http://127.0.0.1:8545";

/** Reads a command line; help and usage errors are written to `output`. */
export function parseCommandLine(argv: readonly string[], env: NodeJS.ProcessEnv, output: Output): Parsed {
  let invocation: Invocation | null = null;
  const program = new Command("fb-console")
    .description("Client of a node: status, blocks, contracts, accounts. Without a command it is interactive.")
    .option("--url <url>", "RPC address of the node (or FB_RPC_URL)", env["FB_RPC_URL"] ?? DEFAULT_URL)
    .option("-g, --group <id>", "group to talk to (or FB_GROUP)", env["FB_GROUP"] ?? "1")
    .option("--json", "machine-readable answers")
    .option("--account <address>", "account of the keystore to sign with")
    .option("--keystore <folder>", "where accounts are kept (or FB_CONSOLE_HOME/keystore)")
    .option("--password-file <file>", "first line is the account's password (or FB_CONSOLE_PASSWORD)")
    .option("--key <private key>", "sign with this key; it stays visible in process lists: development chains only")
    .addHelpText("after", "\nExit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 node not reachable.")
    .action(() => {});
  addCommands(program, output, (found) => {
    invocation = found;
  });
  configure(program, output);
  try {
    program.parse(argv, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return { kind: "shown", exitCode: HELP_CODES.has(error.code) ? 0 : 2 };
    throw error;
  }
  return { kind: "run", invocation, globals: program.opts<GlobalOptions>() };
}

/** Reads one line of the interactive console; null when it was help or wrong and has been answered. */
export function parseLine(tokens: readonly string[], output: Output): Invocation | null {
  let invocation: Invocation | null = null;
  const program = new Command("console")
    .usage("<command> [arguments]")
    .description("Type a command; help <command> says more.")
    .configureHelp({
      commandUsage: (command) => `${command.parent === null ? "" : `${command.name()} `}${command.usage()}`,
    });
  addCommands(program, output, (found) => {
    invocation = found;
  });
  configure(program, output);
  program.addHelpText("after", "\nquit or Ctrl-D ends the console, Tab completes, Ctrl-R searches the history.");
  try {
    program.parse([...tokens], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
  }
  return invocation;
}

function addCommands(program: Command, output: Output, onInvocation: (invocation: Invocation) => void): void {
  program.helpCommand("help [command]", "how to use a command");
  for (const spec of ALL_COMMANDS) {
    const command = program
      .command(spec.name)
      .summary(spec.summary)
      .description(spec.summary)
      .helpGroup(`${spec.section}:`);
    if (spec.alias !== undefined) command.alias(spec.alias);
    if (spec.args !== undefined) command.arguments(spec.args);
    for (const [flags, summary] of spec.options ?? []) command.option(flags, summary);
    if (spec.details !== undefined) command.addHelpText("after", `\n${spec.details}`);
    command.allowExcessArguments(false);
    command.action((...given: unknown[]) => {
      const args = given
        .slice(0, -2)
        .flat()
        .filter((one): one is string => typeof one === "string");
      onInvocation({ command: spec, args, options: command.opts() });
    });
    configure(command, output);
  }
}

function configure(command: Command, output: Output): void {
  command
    .exitOverride()
    .showHelpAfterError("(add --help for how to use it)")
    .configureOutput({
      writeOut: (text) => output.out(text.trimEnd()),
      writeErr: (text) => output.err(text.trimEnd()),
    });
}
