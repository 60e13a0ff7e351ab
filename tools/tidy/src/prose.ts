import { isCode, isMarkdown } from "./files.ts";

/** A line that is written for people. */
export interface ProseLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** Comments of code, and pages without their blocks of code. */
export function prose(path: string, read: (path: string) => string): ProseLine[] {
  if (!isMarkdown(path) && !isCode(path)) return [];
  const lines = read(path)
    .split("\n")
    .map((text, i) => ({ line: i + 1, text }));
  return isMarkdown(path) ? outsideFences(lines) : comments(lines);
}

function outsideFences(lines: readonly ProseLine[]): ProseLine[] {
  let inside = false;
  return lines.filter(({ text }) => {
    const fence = /^\s*```/.test(text);
    if (fence) inside = !inside;
    return !inside && !fence;
  });
}

function comments(lines: readonly ProseLine[]): ProseLine[] {
  const found: ProseLine[] = [];
  let inside = false;
  for (const { line, text } of lines) {
    const opened = inside ? 0 : text.search(/\/\*/);
    if (opened >= 0 && (inside || /^\s*\/\*/.test(text))) {
      found.push({ line, text: text.slice(opened) });
      inside = !text.includes("*/");
      continue;
    }
    const at = text.search(/(^|\s)\/\/ /);
    if (at >= 0) found.push({ line, text: text.slice(at) });
  }
  return found;
}
