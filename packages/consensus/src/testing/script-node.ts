import type { NodeId } from "@fb/types";
import type { CoreEffect, Head, MachineView } from "../core/machine.ts";
import type { Label, ScriptMachine } from "./script-engine.ts";

/** A block of a node's chain. `sealers` decide the next height. */
export interface ScriptBlock {
  readonly height: number;
  readonly label: Label;
  readonly hash: string;
  readonly sealer: number;
  readonly sealers: readonly NodeId[];
}

type Effect<M, R, T extends string> = Extract<CoreEffect<M, R, Label>, { t: T }>;

/** One node of a script: its machine and everything its driver would hold. */
export class ScriptNode<M, R, V extends MachineView> {
  readonly id: NodeId;
  machine: ScriptMachine<M, R, V> | null = null;
  chain: ScriptBlock[];
  /** Height that survives a crash. */
  durable = 0;
  /** Durable records that still matter. */
  journal: R[] = [];
  /** Everything ever made durable, for the invariants. */
  readonly history: R[] = [];
  readonly promises = new Set<string>();
  readonly votes = new Map<string, string>();
  waiting: Effect<M, R, "persist">[] = [];
  executions: Effect<M, R, "execute">[] = [];
  commits: Effect<M, R, "commit">[] = [];
  sealing: Effect<M, R, "seal"> | null = null;
  behind = new Map<NodeId, number>();
  pending = false;
  halted: string | null = null;
  byzantine = false;
  journalBroken = false;
  /** Kept on disk, like the journal. */
  silentThrough = 0;

  constructor(id: NodeId, genesis: ScriptBlock) {
    this.id = id;
    this.chain = [genesis];
  }

  get up(): boolean {
    return this.machine !== null && this.halted === null;
  }

  get tip(): ScriptBlock {
    return this.chain.at(-1)!;
  }

  head(): Head {
    const { height, hash, sealers } = this.tip;
    const recent: number[] = [];
    for (let h = height; h > 0 && recent.length < sealers.length; h--) {
      if (!sameList(this.chain[h - 1]!.sealers, sealers)) break;
      recent.unshift(this.chain[h]!.sealer);
    }
    return { height, hash, sealers, recent };
  }

  /** Loses everything that was not durable. */
  crash(): number {
    const lost = this.waiting.length;
    this.chain = this.chain.slice(0, this.durable + 1);
    this.machine = null;
    this.waiting = [];
    this.executions = [];
    this.commits = [];
    this.sealing = null;
    this.behind.clear();
    return lost;
  }
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

/** The sealers after a block: "A+5-2" adds 5 and removes 2. */
export function sealersAfter(sealers: readonly NodeId[], label: Label): readonly NodeId[] {
  let list = [...sealers];
  for (const [, sign, node] of label.matchAll(/([+-])(\d+)/g)) {
    list = list.filter((other) => other !== node);
    if (sign === "+") list.push(node as NodeId);
  }
  return list.length === sealers.length && list.every((node) => sealers.includes(node)) ? sealers : list.sort();
}

/** The hash of an executed label. */
export function hashOf(label: Label, variant = ""): string {
  return `${label}!${variant}`;
}
