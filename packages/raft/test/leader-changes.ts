import { Commands, type ScriptNode, sealersAfter } from "@fb/consensus/testing";
import { createSeededRng } from "@fb/runtime/testing";
import { InvariantError, type NodeId } from "@fb/types";
import type { RaftMsg, RaftRecord } from "../src/core/messages.ts";
import type { RaftView } from "../src/core/raft.ts";
import { raftScriptEngine } from "./script-engine.ts";

export interface Outcome {
  readonly failure: string | null;
  readonly script: readonly string[];
  readonly height: number;
  readonly term: number;
}

type Node = ScriptNode<RaftMsg<string>, RaftRecord<string>, RaftView>;

const CONFIG = { minElectTicks: 3, maxElectTicks: 6, heartbeatTicks: 1, stallTicks: 12 };
const MAX_HEAL_TICKS = 200;

/**
 * A history in large strides, where leaders come and go with blocks half replicated: the fine-grained simulation seldom
 * gets there. Same seed, same history.
 */
export function changeLeaders(seed: number, strides: number, sealersChange: boolean): Outcome {
  const commands = new Commands(raftScriptEngine({ ...CONFIG, sealersChange }));
  const { env } = commands;
  const rng = createSeededRng(seed);
  const script: string[] = [];
  const n = [3, 5, 4][seed % 3]!;
  const ids = Array.from({ length: n }, (_, i) => String(i + 1) as NodeId);
  let labels = 0;
  let healing = false;
  /** Lists that blocks proposed so far would bring about. */
  const proposed: { readonly height: number; readonly list: readonly NodeId[] }[] = [];
  commands.mute();
  const run = (line: string): void => {
    script.push(line);
    commands.runLine(line);
  };
  const nodes = (): Node[] => [...env.nodes.values()];
  const pick = (): NodeId => ids[rng.below(n)]!;
  const some = (): NodeId[] => ids.filter(() => rng.below(2) === 0);
  const proposeAll = (): void => {
    for (const node of nodes())
      if (node.up && node.sealing !== null) run(`propose ${node.id} b${++labels}${change(node)}`);
  };
  /** Half of the blocks add and remove sealers, several at once, so that majorities of two lists may have nobody in common. */
  const change = ({ tip }: Node): string => {
    if (!sealersChange || healing || rng.below(2) > 0) return "";
    const flips = new Set([pick(), pick(), pick(), pick()]);
    const left = tip.sealers.filter((id) => !flips.has(id)).length;
    const added = [...flips].filter((id) => !tip.sealers.includes(id)).length;
    if (left + added === 0) return "";
    const words = [...flips].map((id) => (tip.sealers.includes(id) ? `-${id}` : `+${id}`)).join("");
    const list = sealersAfter(tip.sealers, words);
    if (!bears(list, forgetful())) return "";
    proposed.push({ height: tip.height + 1, list });
    return words;
  };
  const forgetful = (): NodeId[] => {
    const forgot = nodes().filter(({ machine, forgotThrough }) => {
      return forgotThrough > 0 && (machine === null || machine.view().recovering);
    });
    return forgot.map(({ id }) => id);
  };
  /** Whether these sealers can do without those. */
  const bears = (list: readonly NodeId[], without: readonly NodeId[]): boolean =>
    without.filter((id) => list.includes(id)).length <= Math.floor((list.length - 1) / 2);

  /** One node campaigns among some; if it wins, its block reaches at most one of them. */
  const campaign = (): void => {
    const self = pick();
    const group = [...new Set([self, ...some()])].join(" ");
    run(`tick ${group} n=${CONFIG.minElectTicks}`);
    run(`tick ${self} n=${CONFIG.maxElectTicks - CONFIG.minElectTicks}`);
    for (let i = 0; i < 3; i++) {
      run(`deliver ${group}`);
      run(`fsync ${group}`);
    }
    proposeAll();
    run(`execute ${self}`);
    run(`fsync ${self}`);
    if (rng.below(2) === 0) run(`deliver ${pick()} type=Append`);
    if (rng.below(2) === 0) run(`crash ${self}`);
  };

  const stride = (): void => {
    const die = rng.below(100);
    if (die < 16) campaign();
    else if (die < 22) run(`tick ${pick()} n=${CONFIG.maxElectTicks}`);
    else if (die < 26) run(`tick ${some().join(" ") || "1"}`);
    else if (die < 36) run(`stabilize ${some().join(" ") || pick()}`);
    else if (die < 54) run(`deliver ${pick()}`);
    else if (die < 60) run(`deliver ${pick()} from=${pick()}${rng.below(2) === 0 ? " drop" : ""}`);
    else if (die < 66) run(`fsync ${pick()}${rng.below(2) === 0 ? " max=1" : ""}`);
    else if (die < 72) run(`execute ${pick()}`);
    else if (die < 82) proposeAll();
    else if (die < 90) crashOrRestart();
    else if (die < 92) run("deliver drop");
    else if (die < 93) loseDisk();
    else if (die < 94) lie();
    else if (env.network.cut.size > 0) run("heal");
    else split();
  };
  const crashOrRestart = (): void => {
    const down = nodes().filter(({ up }) => !up);
    if (down.length > 0 && rng.below(4) > 0) run(`restart ${down[rng.below(down.length)]!.id}`);
    else run(`crash ${pick()}`);
  };
  /** Somebody claims a head that nobody has, and a term that nobody will enter. */
  const lie = (): void => {
    run(`forge from=${pick()} PreVote ${9000 + rng.below(9)} head=${env.decisions.height + 1 + rng.below(1000)}`);
  };
  /** Never more of a list, as any node knows it, than it can do without. */
  const loseDisk = (): void => {
    const node = env.node(pick());
    const { height } = env.decisions;
    const lists = [height - 1, height].map((h) => env.decisions.block(h)?.sealers ?? ids);
    // What is proposed may be decided later.
    lists.push(...proposed.filter((one) => one.height > height).map(({ list }) => list));
    const bearable = lists.every((list) => bears(list, [...new Set([...forgetful(), node.id])]));
    if (!bearable) return;
    if (node.up) run(`crash ${node.id}`);
    run(`restart ${node.id} journal=lost${rng.below(2) === 0 ? " chain=lost" : ""}`);
  };
  const split = (): void => {
    const left = some();
    const right = ids.filter((id) => !left.includes(id));
    if (left.length > 0 && right.length > 0) run(`partition ${left.join(",")}|${right.join(",")}`);
  };
  const heal = (): void => {
    healing = true;
    run("heal");
    for (const { id, up } of nodes()) if (!up) run(`restart ${id}`);
    const goal = env.decisions.height + 2;
    for (let tick = 0; tick < MAX_HEAL_TICKS; tick++) {
      // Sync tells everybody how high the others are; whoever is no sealer yet hears it from nobody else.
      const best = nodes().reduce((a, b) => (b.tip.height > a.tip.height ? b : a));
      for (const node of nodes()) if (node.tip.height < best.tip.height) node.behind.set(best.id, best.tip.height);
      commands.stabilize(nodes(), null);
      proposeAll();
      const sealers = env.decisions.block(env.decisions.height)?.sealers ?? ids;
      if (sealers.every((id) => env.node(id).tip.height >= goal)) return;
      run("tick");
    }
    throw new InvariantError("no progress after healing", { goal });
  };

  let failure: string | null = null;
  try {
    run(`add-nodes ${n}`);
    for (let i = 0; i < strides; i++) stride();
    const halted = nodes().find((node) => node.halted !== null);
    if (halted !== undefined) throw new InvariantError("a node halted", { node: halted.id });
    heal();
  } catch (error) {
    failure = error instanceof InvariantError ? `${error.message} ${JSON.stringify(error.fields)}` : String(error);
  }
  const terms = nodes().map(({ machine }) => machine?.view().round ?? 0);
  return { failure, script, height: env.decisions.height, term: Math.max(...terms) };
}
