import { consoleError } from "./errors.ts";

/** Splits a line at spaces; single and double quotes keep spaces, a backslash outside single quotes keeps a character. */
export function splitLine(line: string): string[] {
  const tokens: string[] = [];
  let token: string | null = null;
  let quote: string | null = null;
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    if (char === "\\" && quote !== "'" && i + 1 < line.length) token = (token ?? "") + line[++i]!;
    else if (quote !== null) {
      if (char === quote) quote = null;
      else token += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      token ??= "";
    } else if (/\s/.test(char)) {
      if (token !== null) tokens.push(token);
      token = null;
    } else token = (token ?? "") + char;
  }
  if (quote !== null) throw consoleError("CONSOLE_USAGE", `a ${quote} is not closed`);
  if (token !== null) tokens.push(token);
  return tokens;
}
