import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { COMMAND_NAMES, commandNamed } from "./names.ts";

/** Candidates for the last word of a line: command names first, then files where a command takes one, then options. */
export function complete(line: string): [string[], string] {
  const words = line.split(/\s+/);
  const last = words.at(-1)!;
  if (words.length === 1) return [starting(COMMAND_NAMES, last), last];
  if (words[0] === "help") return [starting(COMMAND_NAMES, last), last];
  const spec = commandNamed(words[0]!);
  if (last.startsWith("--")) {
    const flags = (spec?.options ?? []).map(([text]) => text.split(" ")[0]!);
    return [starting([...flags, "--help"], last), last];
  }
  const isFile = spec?.fileArgument === true && (words.length === 2 || words.at(-2)?.startsWith("--"));
  return [isFile ? files(last) : [], last];
}

function starting(all: readonly string[], start: string): string[] {
  return all.filter((one) => one.toLowerCase().startsWith(start.toLowerCase()));
}

function files(start: string): string[] {
  const folder = start.endsWith("/") ? start : dirname(start);
  const prefix = start.endsWith("/") ? "" : basename(start);
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.name.startsWith(prefix) && (entry.isDirectory() || /\.(sol|json|txt)$/.test(entry.name)))
      .map((entry) => {
        const path = start.includes("/") ? join(folder, entry.name) : entry.name;
        return entry.isDirectory() ? `${path}/` : path;
      });
  } catch {
    return [];
  }
}
