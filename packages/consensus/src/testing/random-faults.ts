import { InvariantError, type NodeId } from "@fb/types";
import type { MachineView } from "../core/machine.ts";
import { standingOf } from "../journal/standing.ts";
import type { Env } from "./env.ts";
import type { ScriptEngine } from "./script-engine.ts";
import { type Job, type ScriptNode, scriptId } from "./script-node.ts";

/** What may befall a node beside crashes and a bad network. */
export type FaultKind =
  /** A restart without the journal, without any data, or with an old copy of one of the two. */
  | "loss"
  /** An fsync, an execution or a commit that never ends. */
  | "hang"
  /** One node refuses every block, or computes something else. */
  | "execution"
  /** Somebody who was not asked, member or not, repeats what others said. */
  | "inject";

export interface RandomFaultsDeps<M, R, V extends MachineView> {
  readonly env: Env<M, R, V>;
  readonly engine: ScriptEngine<M, R, V>;
  readonly kinds: readonly FaultKind[];
  /** Sealers that may be faulty at the same time, Byzantine ones included. */
  readonly maxFaulty: number;
  /** Uniform in 0..n-1. */
  readonly random: (n: number) => number;
  readonly run: (line: string) => void;
}

/** One command in so many is a fault. */
const RARITY = 40;
const JOBS: readonly Job[] = ["fsync", "execute", "commit"];
const OUTSIDER = scriptId(99);

/** Chooses faults at random, never more at once than the engine tolerates. */
export class RandomFaults<M, R, V extends MachineView> {
  readonly #deps: RandomFaultsDeps<M, R, V>;
  readonly #forgetful = new Set<NodeId>();
  /** Nodes that compute something else; nothing repairs them. */
  readonly #diverging = new Set<NodeId>();

  constructor(deps: RandomFaultsDeps<M, R, V>) {
    this.#deps = deps;
  }

  /** Perhaps a fault instead of the next command; whether there was one. */
  strike(): boolean {
    const { kinds, random } = this.#deps;
    if (kinds.length === 0 || random(RARITY) > 0) return false;
    const kind = kinds[random(kinds.length)]!;
    if (kind === "loss") return this.#loseSomething();
    if (kind === "hang") return this.#hangOrRelease();
    if (kind === "execution") return this.#breakExecution();
    return this.#inject();
  }

  /** Repairs what can be repaired; the rest must manage without some of those that are down or hang. */
  repair(): { readonly staysDown: ReadonlySet<NodeId>; readonly hindered: ReadonlySet<NodeId> } {
    const { env, maxFaulty, random, run } = this.#deps;
    for (const node of this.#honest()) {
      if (node.halted !== null && !this.#diverging.has(node.id)) {
        throw new InvariantError("a correct node halted", { node: node.id, code: node.halted });
      }
    }
    const faulty = this.#faulty();
    const staysDown = new Set(this.#diverging);
    const hindered = new Set<NodeId>();
    for (const { id, up, hanging } of this.#honest()) {
      if (staysDown.has(id) || (up && hanging.size === 0)) continue;
      const spared = faulty.has(id) || faulty.size < maxFaulty;
      if (!spared || random(2) === 0) continue;
      faulty.add(id);
      (up ? hindered : staysDown).add(id);
    }
    for (const id of this.#diverging) if (env.node(id).up) run(`crash ${id}`);
    for (const { id, up, hanging, execution } of this.#honest()) {
      if (execution === "refuse") run(`execution ${id} ok`);
      if (up && hanging.size > 0 && !hindered.has(id)) run(`release ${id}`);
    }
    return { staysDown, hindered };
  }

  #honest(): ScriptNode<M, R, V>[] {
    return [...this.#deps.env.nodes.values()].filter(({ byzantine }) => !byzantine);
  }

  #faulty(): Set<NodeId> {
    const { env, engine } = this.#deps;
    for (const id of this.#forgetful) {
      const { machine, durable, forgotThrough } = env.node(id);
      // A head that a crash takes back would bring it to the same height again.
      if (machine === null || (engine.forgetfulMayLie && durable < forgotThrough)) continue;
      if (!engine.forgetful(machine.view(), forgotThrough)) this.#forgetful.delete(id);
    }
    const byzantine = [...env.nodes.values()].filter((node) => node.byzantine).map(({ id }) => id);
    // A journal that hangs falls behind the chain; the next restart will forget.
    for (const node of this.#honest()) if (node.hanging.has("fsync") || isLate(node)) this.#forgetful.add(node.id);
    // Whoever has lost decided blocks is no witness of them until it has them again.
    const short = this.#honest().filter(({ top, mark, durable }) => (env.lazyStore ? mark : top) > durable);
    return new Set([...byzantine, ...short.map(({ id }) => id), ...this.#forgetful, ...this.#diverging]);
  }

  /** An honest node that may become faulty, or is so already. */
  #victim(): ScriptNode<M, R, V> | null {
    const { maxFaulty, random } = this.#deps;
    const faulty = this.#faulty();
    const all = this.#honest().filter(({ id }) => faulty.has(id) || faulty.size < maxFaulty);
    return all.length === 0 ? null : all[random(all.length)]!;
  }

  #loseSomething(): boolean {
    const { random, run } = this.#deps;
    const node = this.#victim();
    if (node === null) return false;
    const { id, copy } = node;
    if (copy === null || random(4) === 0) {
      run(`copy ${id}`);
      return true;
    }
    const ways = ["journal=lost", "journal=lost chain=lost", "journal=lost chain=old", "chain=old"];
    // A younger copy cannot be told from the true one.
    if (isLate({ mark: copy.mark, durable: node.durable })) ways.push("journal=old", "journal=old");
    const way = ways[random(ways.length)]!;
    if (node.up) run(`crash ${id}`);
    run(`restart ${id} ${way}`);
    if (way !== "chain=old") this.#forgetful.add(id);
    return true;
  }

  #hangOrRelease(): boolean {
    const { random, run } = this.#deps;
    const up = this.#honest().filter((node) => node.up);
    if (up.length === 0) return false;
    const hanging = up.filter((node) => node.hanging.size > 0);
    if (hanging.length > 0 && random(2) === 0) {
      run(`release ${hanging[random(hanging.length)]!.id}`);
      return true;
    }
    const job = JOBS[random(JOBS.length)]!;
    const node = job === "fsync" ? this.#victim() : up[random(up.length)]!;
    if (node === null || !node.up) return false;
    run(`hang ${node.id} ${job}`);
    return true;
  }

  #breakExecution(): boolean {
    const { random, run } = this.#deps;
    const refusing = this.#honest().find(({ execution }) => execution === "refuse");
    if (refusing !== undefined) {
      run(`execution ${refusing.id} ok`);
      return true;
    }
    const node = this.#victim();
    if (node === null) return false;
    const diverges = random(8) === 0;
    if (diverges) this.#diverging.add(node.id);
    run(`execution ${node.id} ${diverges ? "diverge" : "refuse"}`);
    return true;
  }

  #inject(): boolean {
    const { env, random, run } = this.#deps;
    if (env.network.sent.length === 0) return false;
    const byzantine = [...env.nodes.values()].find((node) => node.byzantine);
    const from = byzantine !== undefined && random(2) === 0 ? byzantine.id : OUTSIDER;
    const to = this.#honest()[random(this.#honest().length)]!.id;
    run(`inject ${random(env.network.sent.length)} from=${from} to=${to}`);
    return true;
  }
}

function isLate({ mark, durable }: { readonly mark: number; readonly durable: number }): boolean {
  return standingOf(mark, durable) === "older";
}
