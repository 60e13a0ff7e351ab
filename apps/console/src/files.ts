import { readFileSync } from "node:fs";
import { consoleError } from "./errors.ts";

/** The text of a file that the user named. Throws CONSOLE_INPUT. */
export function readText(path: string): string {
  if (isKeyText(path)) {
    throw consoleError("CONSOLE_INPUT", "a private key is never taken as an argument: name a file that holds it");
  }
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw consoleError("CONSOLE_INPUT", `cannot read the file ${path}`);
  }
}

/** What an error may say of a word the user typed: messages end in logs, and a key may be in the wrong place. */
export function shown(word: string): string {
  return isKeyText(word) ? "(hidden: it could be a key)" : `"${word}"`;
}

/** Whether a word is 64 hex digits: as the name of a file it can only be a private key in the wrong place. */
export function isKeyText(word: string): boolean {
  return /^(0x)?[0-9a-f]{64}$/i.test(word);
}
