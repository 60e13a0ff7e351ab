import { readFileSync } from "node:fs";
import type { NodeProcess } from "@fb/testkit";

/** What the processes of a chain have used so far. */
export interface Usage {
  /** User and system time of all processes together, in milliseconds. */
  readonly cpuMs: number;
  /** Resident memory of the largest process, in bytes. */
  readonly rssBytes: number;
}

/** Linux only: reads /proc. A clock tick is 10 ms on every kernel Node runs on. */
export function usageOf(nodes: readonly NodeProcess[]): Usage {
  let cpuMs = 0;
  let rssBytes = 0;
  for (const node of nodes) {
    const pid = node.pid();
    if (pid === null) continue;
    // The name in parentheses may hold spaces; the fields after it do not.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    cpuMs += (Number(fields[11]) + Number(fields[12])) * 10;
    rssBytes = Math.max(rssBytes, Number(fields[21]) * 4096);
  }
  return { cpuMs, rssBytes };
}
