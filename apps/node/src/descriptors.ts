import { readFileSync } from "node:fs";

/** How the file descriptors of the process are shared. */
export interface DescriptorPlan {
  /** Files that the store of each group may hold open. */
  readonly maxOpenFiles: number;
  /** Connections of clients. */
  readonly maxConnections: number;
}

/** What the threads of the process, its log and its listeners use. */
const BASE = 64;
/** Connections of peers that are not admitted yet, or refused and not closed yet (p2p-whitelist SPEC 3.9). */
const COMING_PEERS = 224;
/** Connections of the operator. */
export const OPERATOR_CONNECTIONS = 32;
const MAX_PEERS = 256;
/** A group beside its store: its thread, and its journal twice while that is rewritten. */
const PER_GROUP = 24;
const OPEN_FILES = { min: 24, max: 500 };
const CONNECTIONS = { min: 16, max: 2048 };
/** Fewer connections than this are few for a node that serves clients. */
const FEW_CONNECTIONS = 256;

/**
 * Shares `limit` descriptors so that clients can use up theirs, and journals, stores and peers have what they need all
 * the same.
 */
export function planDescriptors(limit: number, groups: number): DescriptorPlan {
  const { min, max } = OPEN_FILES;
  const maxOpenFiles = Math.max(min, Math.min(max, Math.floor(limit / 4 / Math.max(groups, 1))));
  const others =
    BASE + OPERATOR_CONNECTIONS + Math.min(MAX_PEERS + COMING_PEERS, limit / 8) + groups * (PER_GROUP + maxOpenFiles);
  const left = Math.floor(limit - others);
  return { maxOpenFiles, maxConnections: Math.max(CONNECTIONS.min, Math.min(CONNECTIONS.max, left)) };
}

/** What an operator should do about few descriptors; null when there are enough. */
export function descriptorAdvice(limit: number, groups: number): string | null {
  const { maxConnections } = planDescriptors(limit, groups);
  if (maxConnections >= FEW_CONNECTIONS) return null;
  return `${limit} file descriptors for ${groups} groups leave ${maxConnections} for clients: raise the limit (ulimit -Hn, LimitNOFILE= of systemd), 65536 is usual`;
}

/** Descriptors this process may have open. Node has raised its own limit as far as it may. */
export function descriptorLimit(): number {
  try {
    const [, soft] = /^Max open files\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))!;
    return soft === "unlimited" ? UNLIMITED : Number(soft);
  } catch {
    // Not a Linux, where such limits are high or there is none.
    return UNLIMITED;
  }
}

const UNLIMITED = 1_000_000;
