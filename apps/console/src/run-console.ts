import { homedir } from "node:os";
import { join } from "node:path";
import { isGroupId } from "@fb/types";
import { consoleError, describeFailure, EXIT, failureText } from "./errors.ts";
import { readText } from "./files.ts";
import { Keystore } from "./keystore.ts";
import { type GlobalOptions, type Output, parseCommandLine } from "./program.ts";
import { pipedLines, render, runRepl, typedLines } from "./repl.ts";
import { Session } from "./session.ts";
import { createPasswords } from "./terminal/passwords.ts";
import { type Keyboard, Terminal } from "./terminal/terminal.ts";

export interface ConsoleDeps {
  readonly env: NodeJS.ProcessEnv;
  readonly show: Output;
  /** Where lines come from; a terminal has a keyboard. */
  readonly input: NodeJS.ReadableStream | Keyboard;
  /** Where a person reads. */
  readonly screen: NodeJS.WritableStream;
  /** Cost of encrypting new accounts; the keystore's own choice unless given. */
  readonly scryptN?: number;
}

/** Runs one command, or the interactive console when there is none; resolves with the exit code and never rejects. */
export async function runConsole(argv: readonly string[], deps: ConsoleDeps): Promise<number> {
  const { env, show } = deps;
  const json = argv.includes("--json");
  const home = env["FB_CONSOLE_HOME"] ?? join(homedir(), ".fb", "console");
  let terminal = null as Terminal | null;
  const openTerminal = () => (terminal ??= isKeyboard(deps.input) ? new Terminal(deps.input, deps.screen) : null);
  let session: Session | null = null;
  try {
    const parsed = parseCommandLine(argv, env, show);
    if (parsed.type === "shown") return EXIT.ok;
    const { invocation, globals } = parsed;
    session = openSession(globals, home, deps, openTerminal);
    if (invocation !== null) {
      show.out(render(await invocation.command.run(session, invocation.args, invocation.options), json));
      return EXIT.ok;
    }
    await greet(session, json, show);
    const person = openTerminal();
    if (person === null) {
      const failed = await runRepl(session, pipedLines(deps.input), { json }, show);
      return failed > 0 ? EXIT.failed : EXIT.ok;
    }
    const { next, onLine } = typedLines(session, person, join(home, "history"), (text) => show.err(text));
    await runRepl(session, next, { json, onLine }, show);
    return EXIT.ok;
  } catch (error) {
    show.err(failureText(error, json));
    return describeFailure(error).exitCode;
  } finally {
    terminal?.close();
    await session?.close();
  }
}

function isKeyboard(input: ConsoleDeps["input"]): input is Keyboard {
  return "setRawMode" in input;
}

function openSession(
  globals: GlobalOptions,
  home: string,
  { env, show, scryptN }: ConsoleDeps,
  terminal: () => Terminal | null,
): Session {
  const group = /^[0-9]+$/.test(globals.group) ? Number(globals.group) : 0;
  if (!isGroupId(group)) {
    throw consoleError("CONSOLE_USAGE", `--group must be a number from 1 to 32767, not "${globals.group}"`);
  }
  const url = baseUrl("--url", globals.url);
  return new Session({
    url,
    operatorUrl: globals.operatorUrl === undefined ? url : baseUrl("--operator-url", globals.operatorUrl),
    group,
    keystore: new Keystore(globals.keystore ?? join(home, "keystore"), scryptN),
    key: globals.keyFile === undefined ? (env["FB_CONSOLE_KEY"] ?? null) : readText(globals.keyFile).trim(),
    account: globals.account ?? null,
    passwords: createPasswords(globals.passwordFile, env, terminal),
    progress: (text) => {
      if (globals.json !== true) show.err(text);
    },
  });
}

function baseUrl(option: string, url: string): string {
  if (/^https?:\/\/[^/]+/.test(url)) return url.replace(/\/+$/, "");
  throw consoleError("CONSOLE_USAGE", `${option} must start with http:// or https://, not "${url}"`);
}

/** Checks that the node answers before the first prompt appears. */
async function greet(session: Session, json: boolean, show: Output): Promise<void> {
  const isServed = await session.serves(session.group);
  if (json) return;
  const what = `group ${session.group}`;
  if (isServed) show.out(`${session.url} serves ${what}`);
  else show.err(`${session.url} does not serve ${what}: switch to another`);
  show.out("help lists the commands");
}
