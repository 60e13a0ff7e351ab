import type { Finding, Role } from "../attack.ts";
import { groupOf } from "../attack.ts";
import type { GroupSample } from "./load-protocol.ts";

const MIB = 2 ** 20;

/** What a chain must keep under any attack. Ratios are of the attack to the calm before it. */
export const LIMITS = {
  /** Growth of a node's resident memory at most, and what of it may be left a minute after, in bytes. */
  growthBytes: 150 * MIB,
  leftBytes: 75 * MIB,
  recoveryMs: 60_000,
  stopMs: 10_000,
  /** The group an attacker takes part in, and all others. */
  attacked: { throughput: 0.8, p50: 3 },
  others: { throughput: 0.95, p50: 1.3 },
  /** What strangers add to the logs of all nodes, in bytes a day. */
  strangerLogBytesPerDay: 500 * MIB,
} as const;

export interface GroupMeasure {
  readonly group: number;
  readonly before: GroupSample;
  readonly during: GroupSample;
  readonly after: GroupSample;
}

export interface NodeMemory {
  readonly node: string;
  readonly isAttacked: boolean;
  readonly beforeBytes: number;
  readonly mostBytes: number;
  readonly afterBytes: number;
}

export interface Measures {
  readonly who: Role;
  readonly groups: readonly GroupMeasure[];
  readonly memory: readonly NodeMemory[];
  /** Names of nodes that ended, and of groups that halted. */
  readonly lost: readonly string[];
  readonly findings: readonly Finding[];
}

/** What the same machine makes of the chain without an attack. */
export interface Noise {
  /** Factors of p50 and throughput by group. */
  readonly groups: ReadonlyMap<number, Ratios>;
  /** The most that a node grew by, and the most that was left a minute later, in bytes. */
  readonly growthBytes: number;
  readonly leftBytes: number;
}

interface Ratios {
  readonly throughput: number;
  readonly p50: number;
}

export const NO_NOISE: Noise = { groups: new Map(), growthBytes: 0, leftBytes: 0 };

/** What a control run says of the machine. */
export function noiseOf({ groups, memory }: Pick<Measures, "groups" | "memory">): Noise {
  return {
    groups: new Map(groups.map((measure) => [measure.group, ratios(measure)])),
    growthBytes: Math.max(0, ...memory.map((node) => growthOf(node).growthBytes)),
    leftBytes: Math.max(0, ...memory.map((node) => growthOf(node).leftBytes)),
  };
}

interface Growth {
  /** At its most, and a minute later, in bytes. */
  readonly growthBytes: number;
  readonly leftBytes: number;
}

export function growthOf({ beforeBytes, mostBytes, afterBytes }: NodeMemory): Growth {
  return { growthBytes: mostBytes - beforeBytes, leftBytes: afterBytes - beforeBytes };
}

/** What nodes grew by that nobody attacked, the one in the middle; null when all were attacked. */
export function unattackedGrowth(memory: readonly NodeMemory[]): Growth | null {
  const others = memory.filter(({ isAttacked }) => !isAttacked).map(growthOf);
  if (others.length === 0) return null;
  const middle = (values: readonly number[]) => Math.max(0, [...values].sort((a, b) => a - b)[values.length >> 1]!);
  return {
    growthBytes: middle(others.map(({ growthBytes }) => growthBytes)),
    leftBytes: middle(others.map(({ leftBytes }) => leftBytes)),
  };
}

export function ratios({ before, during }: GroupMeasure): Ratios {
  return { throughput: during.txPerSecond / before.txPerSecond, p50: during.p50Ms / before.p50Ms };
}

/**
 * The limits that were broken, in words. What the control run lost by noise, the others may lose too; and memory that
 * nodes took which nobody attacked at the same time is no doing of the attack.
 */
export function judge(measures: Measures, noise: Noise): string[] {
  const broken: string[] = measures.lost.map((what) => `${what} was lost`);
  for (const measure of measures.groups) {
    const { group } = measure;
    const limit = group === groupOf(measures.who) ? LIMITS.attacked : LIMITS.others;
    const control = noise.groups.get(group);
    const [least, most] = [
      limit.throughput * Math.min(1, control?.throughput ?? 1),
      limit.p50 * Math.max(1, control?.p50 ?? 1),
    ];
    const { throughput, p50 } = ratios(measure);
    if (throughput < least)
      broken.push(`group ${group}: throughput ${percent(throughput)}, at least ${percent(least)}`);
    if (p50 > most) broken.push(`group ${group}: p50 ${p50.toFixed(1)} times, at most ${most.toFixed(1)}`);
  }
  const byItself = unattackedGrowth(measures.memory);
  for (const memory of measures.memory) {
    const { growthBytes, leftBytes } = growthOf(memory);
    const [alone, left] = [byItself?.growthBytes ?? 0, byItself?.leftBytes ?? 0];
    if (growthBytes > LIMITS.growthBytes + Math.max(alone, noise.growthBytes))
      broken.push(`${memory.node}: memory grew by ${megabytes(growthBytes)}`);
    if (leftBytes > LIMITS.leftBytes + Math.max(left, noise.leftBytes))
      broken.push(`${memory.node}: ${megabytes(leftBytes)} more memory a minute later`);
  }
  for (const { ok, what } of measures.findings) if (!ok) broken.push(what);
  return broken;
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / MIB)} MB`;
}
