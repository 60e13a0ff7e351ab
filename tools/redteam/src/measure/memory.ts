import { type NodeProcess, processUsage } from "@fb/local-chain";

const SAMPLE_MS = 100;

/** Resident memory of each node over time, in bytes. */
export interface MemoryWatch {
  /** The most of each node since the last call. 0 for one that does not run. */
  most(): readonly number[];
  now(): readonly number[];
  end(): void;
}

export function watchMemory(nodes: readonly NodeProcess[]): MemoryWatch {
  let pids = nodes.map((node) => node.pid());
  let ticks = 0;
  const now = () => pids.map((pid) => (pid === null ? 0 : (processUsage(pid)?.rssBytes ?? 0)));
  let most = now();
  const timer = setInterval(() => {
    // A node that was started again has another pid.
    if (++ticks % 10 === 0) pids = nodes.map((node) => node.pid());
    most = now().map((bytes, i) => Math.max(bytes, most[i]!));
  }, SAMPLE_MS);
  return {
    most() {
      const result = most;
      most = now();
      return result;
    },
    now,
    end: () => clearInterval(timer),
  };
}
