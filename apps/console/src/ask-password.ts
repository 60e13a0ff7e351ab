import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { readText } from "./solidity/compile.ts";

/**
 * Answers from the password file or FB_CONSOLE_PASSWORD, else asks at the terminal without showing what is typed.
 * Null when there is no terminal.
 */
export async function askPassword(
  prompt: string,
  file: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<string | null> {
  if (file !== undefined) return readText(file).split(/\r?\n/, 1)[0]!;
  const fromEnv = env["FB_CONSOLE_PASSWORD"];
  if (fromEnv !== undefined) return fromEnv;
  if (!process.stdin.isTTY) return null;
  process.stderr.write(prompt);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true });
  const answer = await new Promise<string>((resolve) => reader.question("", resolve));
  reader.close();
  process.stderr.write("\n");
  return answer;
}
