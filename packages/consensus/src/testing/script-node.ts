import { invariant, type NodeId } from "@fb/types";
import type { CoreEffect, Head, MachineView } from "../core/machine.ts";
import type { Label, ScriptMachine } from "./script-engine.ts";

/** A block of a node's chain. `sealers` decide the next height. */
export interface ScriptBlock {
  readonly height: number;
  readonly label: Label;
  readonly hash: string;
  readonly sealer: number;
  readonly sealers: readonly NodeId[];
  /** Ticks the first leader of the next height may take. */
  readonly timeoutTicks: number;
}

/** What a node's disk holds: the chain, and the journal with what it knows about itself. */
export interface ScriptDisk<R> {
  readonly chain: readonly ScriptBlock[];
  readonly journal: readonly R[];
  /** Highest head that the journal knows to be stored. */
  readonly mark: number;
  readonly silentThrough: number;
  readonly incomplete: boolean;
}

/** A background job of the driver. */
export type Job = "fsync" | "execute" | "commit";

/** What is wrong with a node's execution: it refuses every block, or computes something else than the others. */
export type BrokenExecution = "refuse" | "diverge";

type Effect<M, R, T extends string> = Extract<CoreEffect<M, R, Label>, { type: T }>;

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
  /** Said or computed something that a correct node would not have, because a script or a lost disk made it. */
  lied = false;
  journalBroken = false;
  /** Kept on disk, with the journal. */
  silentThrough = 0;
  incomplete = false;
  mark = 0;
  /** A copy of the disk, to be restored later in part. */
  copy: ScriptDisk<R> | null = null;
  /** Jobs that do not end, until they are released or the node restarts. */
  readonly hanging = new Set<Job>();
  execution: BrokenExecution | null = null;
  /** Highest head ever; promises were made up to the height after it. */
  top = 0;
  /** Promises up to this height were lost with a journal; 0 when none ever was. */
  forgotThrough = 0;

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
    const { height, hash, sealers, timeoutTicks } = this.tip;
    const recent: number[] = [];
    for (let h = height; h > 0 && recent.length < sealers.length; h--) {
      if (!sameList(this.chain[h - 1]!.sealers, sealers)) break;
      recent.unshift(this.chain[h]!.sealer);
    }
    return { height, hash, sealers, recent, timeoutTicks };
  }

  disk(): ScriptDisk<R> {
    const { journal, mark, silentThrough, incomplete } = this;
    return { chain: this.chain.slice(0, this.durable + 1), journal: [...journal], mark, silentThrough, incomplete };
  }

  /** Whether a job waits that could end. */
  get busy(): boolean {
    const { waiting, executions, commits, hanging } = this;
    if (waiting.length > 0 && !hanging.has("fsync")) return true;
    if (executions.length > 0 && !hanging.has("execute")) return true;
    return (commits.length > 0 && !hanging.has("commit")) || this.behind.size > 0;
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
    this.hanging.clear();
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
    if (sign === "+") list.push(scriptId(node));
  }
  return list.length === sealers.length && list.every((node) => sealers.includes(node)) ? sealers : list.sort();
}

/** The time-out after a block: "A~20" makes it 20 ticks. */
export function timeoutAfter(timeoutTicks: number, label: Label): number {
  const changed = /~(\d+)/.exec(label);
  return changed === null ? timeoutTicks : Number(changed[1]);
}

/** In scripts a node is called by its number, without a key behind it. */
export function scriptId(number: string | number | undefined): NodeId {
  invariant(number !== undefined, "a node is missing");
  return String(number) as NodeId;
}

/** The hash of an executed label. */
export function hashOf(label: Label, variant = ""): string {
  return `${label}!${variant}`;
}
