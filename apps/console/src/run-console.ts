import { homedir } from "node:os";
import { join } from "node:path";
import { isGroupId } from "@fb/types";
import { askPassword } from "./ask-password.ts";
import { consoleError, describeFailure, EXIT } from "./errors.ts";
import { Keystore } from "./keystore.ts";
import { type GlobalOptions, type Output, parseCommandLine } from "./program.ts";
import { render, runRepl } from "./repl.ts";
import { Session } from "./session.ts";
import { toJson } from "./view.ts";

export interface ConsoleDeps {
  readonly env: NodeJS.ProcessEnv;
  readonly show: Output;
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
  /** Cost of encrypting new accounts; the keystore's own choice unless given. */
  readonly scryptN?: number;
}

/** Runs one command, or the interactive console when there is none; resolves with the exit code and never rejects. */
export async function runConsole(argv: readonly string[], deps: ConsoleDeps): Promise<number> {
  const { env, show } = deps;
  const parsed = parseCommandLine(argv, env, show);
  if (parsed.kind === "shown") return parsed.exitCode;
  const { invocation, globals } = parsed;
  const json = globals.json === true;
  const home = env["FB_CONSOLE_HOME"] ?? join(homedir(), ".fb", "console");
  let session: Session | null = null;
  try {
    session = openSession(globals, home, deps);
    if (invocation !== null) {
      show.out(render(await invocation.command.run(session, invocation.args, invocation.options), json));
      return EXIT.ok;
    }
    await greet(session, json, show);
    const terminal = deps.input.isTTY === true;
    const options = { input: deps.input, output: deps.output, terminal, json, historyFile: join(home, "history") };
    const failed = await runRepl(session, options, show);
    // A script piped in wants to know; a person has seen it.
    return failed > 0 && !terminal ? EXIT.failed : EXIT.ok;
  } catch (error) {
    const { exitCode, code, message } = describeFailure(error);
    show.err(json ? toJson({ error: { code, message } }) : `error: ${message}`);
    return exitCode;
  } finally {
    await session?.close();
  }
}

function openSession(globals: GlobalOptions, home: string, { env, show, scryptN }: ConsoleDeps): Session {
  const group = /^[0-9]+$/.test(globals.group) ? Number(globals.group) : 0;
  if (!isGroupId(group)) {
    throw consoleError("CONSOLE_USAGE", `--group must be a number from 1 to 32767, not "${globals.group}"`);
  }
  if (!/^https?:\/\/[^/]+/.test(globals.url)) {
    throw consoleError("CONSOLE_USAGE", `--url must start with http:// or https://, not "${globals.url}"`);
  }
  return new Session({
    url: globals.url.replace(/\/+$/, ""),
    group,
    keystore: new Keystore(globals.keystore ?? join(home, "keystore"), scryptN),
    key: globals.key ?? null,
    account: globals.account ?? null,
    askPassword: (prompt) => askPassword(prompt, globals.passwordFile, env),
    progress: (text) => {
      if (globals.json !== true) show.err(text);
    },
  });
}

/** Checks that the node answers before the first prompt appears. */
async function greet(session: Session, json: boolean, show: Output): Promise<void> {
  const groups = await session.client().getGroupList();
  if (json) return;
  show.out(`${session.url} serves ${groups.length === 0 ? "no group" : `group ${groups.join(", ")}`}`);
  if (!groups.includes(session.group)) show.err(`group ${session.group} is not one of them: switch to another`);
  show.out("help lists the commands");
}
