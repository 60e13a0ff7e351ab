import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import type { NodeProcess } from "@fb/local-chain";

const MOST_BYTES = 16 * 1024 * 1024;

/** What nodes wrote since a moment. */
export interface LogSummary {
  readonly bytes: number;
  /** Lines that name the attacker: its node id or its address. */
  readonly naming: number;
  /** One of them. */
  readonly example: string;
  /** Events of level error, and how often. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Where the logs end now. */
export function logEnds(nodes: readonly NodeProcess[]): number[] {
  return nodes.map((node) => (existsSync(node.logFile) ? statSync(node.logFile).size : 0));
}

export function readLogs(nodes: readonly NodeProcess[], from: readonly number[], names: readonly string[]): LogSummary {
  let [bytes, naming, example] = [0, 0, ""];
  const errors: Record<string, number> = {};
  for (const [i, node] of nodes.entries()) {
    const end = logEnds([node])[0]!;
    // A log that was rotated meanwhile begins anew.
    const start = end < from[i]! ? 0 : from[i]!;
    bytes += end - start;
    for (const line of read(node.logFile, start, end).split("\n")) {
      if (names.some((name) => line.includes(name))) {
        naming++;
        if (example === "") example = line;
      }
      const event = errorIn(line);
      if (event !== null) errors[event] = (errors[event] ?? 0) + 1;
    }
  }
  return { bytes, naming, example, errors };
}

function read(file: string, from: number, to: number): string {
  if (!existsSync(file)) return "";
  const buffer = Buffer.alloc(Math.min(MOST_BYTES, to - from));
  const fd = openSync(file, "r");
  try {
    return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, from)).toString("utf8");
  } finally {
    closeSync(fd);
  }
}

/** The event of a line of level error; what is no line of the logger is an error of the process itself. */
function errorIn(line: string): string | null {
  if (line.trim() === "") return null;
  try {
    const { level, event } = JSON.parse(line) as { level?: unknown; event?: unknown };
    return level === "error" || level === "fatal" ? String(event) : null;
  } catch {
    return line.slice(0, 120);
  }
}
