import { inspect, parseArgs } from "node:util";
import { errorCode, errorMessage } from "../errors.ts";
import { keepFilesPrivate } from "../file-modes.ts";
import type { StorageCommand, StorageInput, StorageOption } from "./command.ts";
import { copy } from "./commands/copy.ts";
import { backup, exportCommand, importCommand, restore } from "./commands/files.ts";
import { stat } from "./commands/stat.ts";
import { verify } from "./commands/verify.ts";
import { STORAGE_EXIT, storageExit, usageError } from "./errors.ts";
import { ProgressLines, type ProgressScreen } from "./progress-lines.ts";

const COMMANDS: readonly StorageCommand[] = [verify, stat, backup, restore, exportCommand, importCommand, copy];

/** What every command takes. */
const COMMON: Readonly<Record<string, StorageOption>> = {
  config: { type: "string", short: "c", value: "file", default: "config.ini", help: "configuration of the node" },
  group: { type: "string", short: "g", value: "n", help: "the group, when the node has several" },
  json: { type: "boolean", default: false, help: "one JSON object on standard output" },
  quiet: { type: "boolean", default: false, help: "no progress on standard error" },
  help: { type: "boolean", short: "h", default: false, help: "this text" },
};

const EXIT_HELP = `The group must not run, unless a command says otherwise. SIGINT and SIGTERM stop a command.
Exit codes: 0 good, 1 a fault was found or a file refused, 2 command line or configuration, 3 the store is in use,
4 storage or system failed, 130 stopped.`;

/** Where answers and progress go. */
export interface StorageScreen {
  readonly out: { write(text: string): unknown };
  readonly err: ProgressScreen;
}

/** Runs `fb-node storage ...`. Never rejects; returns what the process ends with. */
export async function runStorage(args: readonly string[], screen: StorageScreen): Promise<number> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  const progress = new ProgressLines(screen.err, () => performance.now());
  try {
    keepFilesPrivate();
    return await dispatch(args, { signal: stop.signal, progress, print: (text) => void screen.out.write(`${text}\n`) });
  } catch (error) {
    progress.end();
    if (stop.signal.aborted) {
      screen.err.write("stopped\n");
      return STORAGE_EXIT.stopped;
    }
    const code = errorCode(error);
    screen.err.write(`${code === "UNEXPECTED" ? inspect(error) : `${code}: ${errorMessage(error)}`}\n`);
    return storageExit(error);
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}

interface Run {
  readonly signal: AbortSignal;
  readonly progress: ProgressLines;
  readonly print: (text: string) => void;
}

async function dispatch(args: readonly string[], { signal, progress, print }: Run): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h") {
    print(overview());
    return name === undefined ? STORAGE_EXIT.usage : STORAGE_EXIT.good;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) throw usageError(`there is no command ${name}`);
  const { values, positionals } = parseArgs({
    args: rest,
    options: { ...COMMON, ...command.options },
    allowPositionals: command.takesFile,
  });
  if (values.help === true) {
    print(helpOf(command));
    return STORAGE_EXIT.good;
  }
  if (command.takesFile && positionals.length !== 1) throw usageError(`${name} takes one file`);
  const onProgress = values.quiet === true ? () => undefined : progress.tell;
  const outcome = await command.run(inputOf(values, positionals[0] ?? ""), { onProgress, signal });
  progress.end();
  print(values.json === true ? JSON.stringify(outcome.json) : outcome.lines.join("\n"));
  return outcome.faulty ? STORAGE_EXIT.fault : STORAGE_EXIT.good;
}

function inputOf(values: Readonly<Record<string, unknown>>, file: string): StorageInput {
  const text = (option: string) => (typeof values[option] === "string" ? values[option] : null);
  return {
    text,
    number(option) {
      const given = text(option);
      if (given !== null && !/^(0|[1-9][0-9]{0,14})$/.test(given)) throw usageError(`--${option} is a whole number`);
      return given === null ? null : Number(given);
    },
    isOn: (option) => values[option] === true,
    file,
  };
}

function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  const lines = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return `fb-node storage <command> [options]\n\n${lines.join("\n")}\n\nfb-node storage <command> --help tells its options.\n${EXIT_HELP}`;
}

function helpOf({ name, summary, takesFile, options }: StorageCommand): string {
  const lines = Object.entries({ ...options, ...COMMON }).map(([option, { short, value, help, default: preset }]) => {
    const left = `${short === undefined ? "    " : `-${short}, `}--${option}${value === undefined ? "" : ` <${value}>`}`;
    return `  ${left.padEnd(24)}  ${help}${typeof preset === "string" ? `, default ${preset}` : ""}`;
  });
  const usage = `fb-node storage ${name}${takesFile ? " <file>" : ""} [options]`;
  return `${usage}\n\n${summary}\n\n${lines.join("\n")}\n\n${EXIT_HELP}`;
}
