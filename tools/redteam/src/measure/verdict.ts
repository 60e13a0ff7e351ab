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
    growthBytes: Math.max(0, ...memory.map(({ beforeBytes, mostBytes }) => mostBytes - beforeBytes)),
    leftBytes: Math.max(0, ...memory.map(({ beforeBytes, afterBytes }) => afterBytes - beforeBytes)),
  };
}

export function ratios({ before, during }: GroupMeasure): Ratios {
  return { throughput: during.txPerSecond / before.txPerSecond, p50: during.p50Ms / before.p50Ms };
}

/** The limits that were broken, in words. What the control run lost by noise, the others may lose too. */
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
  for (const { node, beforeBytes, mostBytes, afterBytes } of measures.memory) {
    const [growth, left] = [mostBytes - beforeBytes, afterBytes - beforeBytes];
    if (growth > LIMITS.growthBytes + noise.growthBytes) broken.push(`${node}: memory grew by ${megabytes(growth)}`);
    if (left > LIMITS.leftBytes + noise.leftBytes)
      broken.push(`${node}: ${megabytes(left)} more memory a minute later`);
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
