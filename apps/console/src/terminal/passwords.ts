import { consoleError } from "../errors.ts";
import { readText } from "../files.ts";
import type { Terminal } from "./terminal.ts";

/** Where the password of an account comes from. */
export interface Passwords {
  /** Of an account that exists. Rejects with CONSOLE_ACCOUNT when nobody can be asked or the question is broken off. */
  ask(what: string): Promise<string>;
  /** For a new account: a person is asked twice. Rejects like {@link ask}, and when the two differ. */
  askNew(what: string): Promise<string>;
}

/** From the password file, else from FB_CONSOLE_PASSWORD, else from the person at the terminal. */
export function createPasswords(
  file: string | undefined,
  env: NodeJS.ProcessEnv,
  terminal: () => Terminal | null,
): Passwords {
  const given = () => (file === undefined ? env["FB_CONSOLE_PASSWORD"] : readText(file).split(/\r?\n/, 1)[0]);
  const question = async (prompt: string): Promise<string> => {
    const person = terminal();
    if (person === null) throw missing();
    const answer = await person.readSecret(prompt);
    if (answer === null) throw consoleError("CONSOLE_ACCOUNT", "cancelled");
    if (answer === "") throw missing();
    return answer;
  };
  return {
    ask: async (what) => required(given()) ?? question(`Password ${what}: `),
    async askNew(what) {
      const known = required(given());
      if (known !== null) return known;
      const first = await question(`Password ${what}: `);
      if ((await question("Once more: ")) === first) return first;
      throw consoleError("CONSOLE_ACCOUNT", "the two passwords differ: nothing was done");
    },
  };
}

function required(given: string | undefined): string | null {
  if (given === "") throw missing();
  return given ?? null;
}

function missing() {
  return consoleError(
    "CONSOLE_ACCOUNT",
    "a password is needed: set FB_CONSOLE_PASSWORD, give --password-file, or run in a terminal",
  );
}
