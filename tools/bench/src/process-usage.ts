import { type NodeProcess, type ProcessUsage, processUsage } from "@fb/local-chain";

/** CPU time of all processes of a chain together, and the resident memory of the largest. */
export function usageOf(nodes: readonly NodeProcess[]): ProcessUsage {
  let cpuMs = 0;
  let rssBytes = 0;
  for (const node of nodes) {
    const pid = node.pid();
    const usage = pid === null ? null : processUsage(pid);
    if (usage === null) continue;
    cpuMs += usage.cpuMs;
    rssBytes = Math.max(rssBytes, usage.rssBytes);
  }
  return { cpuMs, rssBytes };
}
