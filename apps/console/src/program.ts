import { Command, CommanderError } from "commander";
import type { CommandSpec, GivenOptions } from "./command.ts";
import { ALL_COMMANDS } from "./commands/all.ts";
import { consoleError } from "./errors.ts";
import { COMMAND_NAMES } from "./names.ts";
import { nearestOf } from "./nearest.ts";

export interface GlobalOptions {
  readonly url: string;
  readonly operatorUrl?: string;
  readonly group: string;
  readonly json?: true;
  readonly keyFile?: string;
  readonly account?: string;
  readonly keystore?: string;
  readonly passwordFile?: string;
}

export interface Invocation {
  readonly command: CommandSpec;
  readonly args: readonly string[];
  readonly options: GivenOptions;
}

/** What a command line asks for: a command, the interactive console (null), or help, which has been shown. */
export type Parsed =
  | { readonly type: "run"; readonly invocation: Invocation | null; readonly globals: GlobalOptions }
  | { readonly type: "shown" };

export interface Output {
  out(text: string): void;
  err(text: string): void;
}

const DEFAULT_URL = "http://127.0.0.1:8545";

/** Reads a command line; help is written to `output`. Throws CONSOLE_USAGE. */
export function parseCommandLine(argv: readonly string[], env: NodeJS.ProcessEnv, output: Output): Parsed {
  const program = new Command("fb-console")
    .description("Client of a node: status, blocks, contracts, accounts. Without a command it is interactive.")
    .option("--url <url>", "RPC address of the node (or FB_RPC_URL)", env["FB_RPC_URL"] ?? DEFAULT_URL)
    .option(
      "--operator-url <url>",
      "operator address of the node, for getPeers, getNodeInfo, getGroupList (or FB_OPERATOR_URL); else --url",
      env["FB_OPERATOR_URL"],
    )
    .option("-g, --group <id>", "group to talk to (or FB_GROUP)", env["FB_GROUP"] ?? "1")
    .option("--json", "machine-readable answers and errors")
    .option("--account <address>", "account of the keystore to sign with")
    .option("--keystore <folder>", "where accounts are kept (or FB_CONSOLE_HOME/keystore)")
    .option("--password-file <file>", "first line is the account's password (or FB_CONSOLE_PASSWORD)")
    .option("--key-file <file>", "sign with the private key in this file instead of an account (or FB_CONSOLE_KEY)")
    .addHelpText("after", "\nExit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 node not reachable.");
  const { isShown, invocation } = run(program, argv, output);
  return isShown ? { type: "shown" } : { type: "run", invocation, globals: program.opts<GlobalOptions>() };
}

/** Reads one line of the interactive console; null when it was a question for help, which has been answered. */
export function parseLine(tokens: readonly string[], output: Output): Invocation | null {
  const program = new Command("console")
    .usage("<command> [arguments]")
    .description("Type a command; help <command> says more.")
    .configureHelp({
      commandUsage: (command) => `${command.parent === null ? "" : `${command.name()} `}${command.usage()}`,
    })
    .addHelpText("after", "\nquit or Ctrl-D ends the console, Tab completes, Ctrl-C clears the line.");
  return run(program, tokens, output).invocation;
}

function run(
  program: Command,
  words: readonly string[],
  output: Output,
): { isShown: boolean; invocation: Invocation | null } {
  let invocation: Invocation | null = null;
  program
    .helpCommand("help [command]", "how to use a command")
    .allowExcessArguments()
    .allowUnknownOption()
    // Reached without a command, or with a first word that is none.
    .action(() => {
      if (program.args[0] !== undefined) throw unknownWord(program, program.args[0]);
    });
  configure(program, output);
  for (const spec of ALL_COMMANDS) {
    addCommand(program, spec, output, (found) => {
      invocation = found;
    });
  }
  try {
    program.parse([...words], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // `help` of something that is no command shows everything and counts as an error.
    const topic = program.args[1];
    if (error.exitCode !== 0 && topic !== undefined) throw unknownWord(program, topic);
    return { isShown: true, invocation: null };
  }
  return { isShown: false, invocation };
}

function addCommand(
  program: Command,
  spec: CommandSpec,
  output: Output,
  onInvocation: (invocation: Invocation) => void,
): void {
  const command = program
    .command(spec.name)
    .summary(spec.summary)
    .description(spec.summary)
    .helpGroup(`${spec.section}:`)
    .allowExcessArguments(false);
  if (spec.alias !== undefined) command.alias(spec.alias);
  if (spec.args !== undefined) command.arguments(spec.args);
  for (const [flags, summary] of spec.options ?? []) command.option(flags, summary);
  if (spec.details !== undefined) command.addHelpText("after", `\n${spec.details}`);
  command.action((...given: unknown[]) => {
    const args = given
      .slice(0, -2)
      .flat()
      .filter((one): one is string => typeof one === "string");
    onInvocation({ command: spec, args, options: command.opts() });
  });
  configure(command, output);
}

function configure(command: Command, output: Output): void {
  command
    .exitOverride((error) => {
      if (error.code.startsWith("commander.help")) throw error;
      throw consoleError("CONSOLE_USAGE", `${withoutValues(error.message)} (${helpOf(command)} says how)`);
    })
    .configureOutput({ writeOut: (text) => output.out(text.trimEnd()), writeErr: () => {} });
}

function helpOf(command: Command): string {
  return command.parent === null ? "--help" : `help ${command.name()}`;
}

/** A parser's message without what was given: it may be a secret in the wrong place. */
function withoutValues(message: string): string {
  return message
    .replace(/^error: /, "")
    .replace(/( but got \d+): .*$/s, "$1")
    .replace(/(option '--?[\w-]+)=[^']*'/s, "$1'")
    .replace("\n", " ");
}

function unknownWord(program: Command, word: string): Error {
  const isOption = word.startsWith("-");
  const known = isOption ? program.options.map(({ long, short }) => long ?? short ?? "") : COMMAND_NAMES;
  const name = isOption ? word.split("=", 1)[0]! : word;
  const what = isOption ? "option" : "command";
  const near = nearestOf(known, name);
  // What is like no name may be a password that was meant for a question.
  const message =
    near === null ? `no such ${what}: help lists what there is` : `no ${what} ${name}, did you mean ${near}?`;
  return consoleError("CONSOLE_USAGE", message);
}
