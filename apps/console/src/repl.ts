import { createInterface } from "node:readline";
import { complete } from "./completion.ts";
import { failureText } from "./errors.ts";
import { isKeyText } from "./files.ts";
import { COMMAND_NAMES, commandNamed } from "./names.ts";
import { type Output, parseLine } from "./program.ts";
import type { Session } from "./session.ts";
import { History } from "./terminal/history.ts";
import type { Terminal } from "./terminal/terminal.ts";
import { splitLine } from "./tokens.ts";
import { toJson, type View } from "./view.ts";

/** One line after the other; null at the end. */
export type NextLine = () => Promise<string | null>;

export interface ReplOptions {
  readonly json: boolean;
  /** Called with the words of every line that is not empty, before it runs. */
  readonly onLine?: (line: string, words: readonly string[]) => void;
}

/** Runs lines until the end of input or `quit`. Errors are shown and do not end it; the answer is how many failed. */
export async function runRepl(session: Session, next: NextLine, options: ReplOptions, show: Output): Promise<number> {
  let failures = 0;
  for (let line = await next(); line !== null; line = await next()) {
    try {
      const words = splitLine(line);
      if (words.length === 0) continue;
      options.onLine?.(line, words);
      if (/^(quit|exit|q)$/.test(words[0]!)) break;
      const invocation = parseLine(words, show);
      if (invocation === null) continue;
      const view = await invocation.command.run(session, invocation.args, invocation.options);
      show.out(render(view, options.json));
    } catch (error) {
      failures++;
      show.err(failureText(error, options.json));
    }
  }
  return failures;
}

/** Lines that a person types, remembered in a file between runs. */
export function typedLines(
  session: Session,
  terminal: Terminal,
  historyFile: string,
  warn: (text: string) => void,
): { next: NextLine; onLine: NonNullable<ReplOptions["onLine"]> } {
  const history = new History(historyFile, warn);
  return {
    next: () => terminal.readLine(`[group ${session.group}]> `, history.lines, complete),
    onLine: (line, words) => {
      if (isHarmless(words)) history.add(line.trim());
    },
  };
}

/** Lines of a file or pipe. */
export function pipedLines(input: NodeJS.ReadableStream): NextLine {
  const lines = createInterface({ input, terminal: false })[Symbol.asyncIterator]();
  return async () => {
    const { value, done } = await lines.next();
    return done === true ? null : value;
  };
}

/** Whether a line can be kept: a password or key that was typed in the wrong place must not be. */
function isHarmless([name, ...args]: readonly string[]): boolean {
  if (!COMMAND_NAMES.includes(name!)) return false;
  const spec = commandNamed(name!);
  if (spec === null) return args.every((word) => COMMAND_NAMES.includes(word));
  if (spec.args === undefined) return args.every((word) => word.startsWith("--"));
  // A hash looks like a key.
  return spec.args === "<hash>" || !args.some(isKeyText);
}

export function render(view: View, json: boolean): string {
  return json ? toJson(view.json) : view.text;
}
