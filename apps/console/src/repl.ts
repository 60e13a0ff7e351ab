import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { complete } from "./completion.ts";
import { describeFailure } from "./errors.ts";
import { type Output, parseLine } from "./program.ts";
import type { Session } from "./session.ts";
import { splitLine } from "./tokens.ts";
import { toJson, type View } from "./view.ts";

const HISTORY_LINES = 1000;

export interface ReplOptions {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly terminal: boolean;
  readonly json: boolean;
  /** Where lines are remembered between runs. */
  readonly historyFile: string;
}

/** Runs lines until the end of input or `quit`. Errors are shown and do not end it; the answer is how many failed. */
export async function runRepl(session: Session, options: ReplOptions, show: Output): Promise<number> {
  let failures = 0;
  const history = readHistory(options.historyFile);
  const reader = createInterface({
    input: options.input,
    output: options.output,
    terminal: options.terminal,
    history: [...history],
    historySize: HISTORY_LINES,
    removeHistoryDuplicates: true,
    completer: complete,
  });
  const prompt = () => {
    reader.setPrompt(options.terminal ? `[group ${session.group}]> ` : "");
    reader.prompt();
  };
  reader.on("history", (lines: string[]) => options.terminal && saveHistory(options.historyFile, lines));
  prompt();
  for await (const line of reader) {
    if (/^\s*(quit|exit|q)\s*$/.test(line)) break;
    try {
      await runLine(session, line, options, show, reader);
    } catch (error) {
      failures++;
      show.err(`error: ${describeFailure(error).message}`);
    }
    prompt();
  }
  reader.close();
  return failures;
}

async function runLine(
  session: Session,
  line: string,
  { json }: ReplOptions,
  show: Output,
  reader: { pause(): void; resume(): void },
): Promise<void> {
  const tokens = splitLine(line);
  if (tokens.length === 0) return;
  const invocation = parseLine(tokens, show);
  if (invocation === null) return;
  reader.pause();
  try {
    const view = await invocation.command.run(session, invocation.args, invocation.options);
    show.out(render(view, json));
  } finally {
    reader.resume();
  }
}

export function render(view: View, json: boolean): string {
  return json ? toJson(view.json) : view.text;
}

function readHistory(file: string): readonly string[] {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
}

function saveHistory(file: string, lines: readonly string[]): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${lines.join("\n")}\n`, { mode: 0o600 });
}
