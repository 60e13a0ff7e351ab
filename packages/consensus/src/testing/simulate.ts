import { createSeededRng } from "@fb/runtime/testing";
import { InvariantError, type NodeId } from "@fb/types";
import type { MachineView } from "../core/machine.ts";
import { Commands } from "./commands.ts";
import { lookAround, propose } from "./jobs.ts";
import type { SimulationOptions } from "./options.ts";
import { RandomFaults } from "./random-faults.ts";
import { fakeSignature, type ScriptEngine } from "./script-engine.ts";
import { type ScriptNode, scriptId } from "./script-node.ts";

export interface SimulationResult {
  readonly seed: number;
  readonly ok: boolean;
  /** Why it failed, and the commands that lead there. */
  readonly failure: string | null;
  readonly script: readonly string[];
  /** Decided before healing, and in all. */
  readonly chaosHeight: number;
  readonly height: number;
  /** Ticks until every live node had new blocks. */
  readonly healTicks: number;
}

/** Ticks after healing within which every live node must have new blocks; the slowest seen is a tenth of it. */
const MAX_HEAL_TICKS = 800;
const NEW_BLOCKS = 2;
/** Nodes that a block may make sealers. */
const OBSERVERS = 2;
/** What liars do on an idle chain, and the time they have for it. */
const IDLE_LIES = 30;
const IDLE_TICKS_PER_LIE = 40;

/**
 * One random history: crashes, loss, reordering, duplication, partitions, Byzantine messages; then everything is healed
 * and every correct node must get new blocks. Invariants are checked after every command. Same seed, same history.
 */
export function simulate<M, R, V extends MachineView>(
  seed: number,
  engine: ScriptEngine<M, R, V>,
  options: SimulationOptions,
): SimulationResult {
  const run = new Run(seed, engine, options);
  let failure: string | null = null;
  let chaosHeight = 0;
  try {
    run.chaos();
    chaosHeight = run.height;
    run.healAndAdvance();
    run.idle();
  } catch (error) {
    failure = error instanceof InvariantError ? `${error.message} ${JSON.stringify(error.fields)}` : String(error);
  }
  return {
    seed,
    ok: failure === null,
    failure,
    script: run.script,
    chaosHeight,
    height: run.height,
    healTicks: run.healTicks,
  };
}

class Run<M, R, V extends MachineView> {
  readonly script: string[] = [];
  healTicks = 0;
  readonly #engine: ScriptEngine<M, R, V>;
  readonly #options: SimulationOptions;
  readonly #commands: Commands<M, R, V>;
  readonly #random: (n: number) => number;
  /** Sealers at the beginning; never fewer are left, so that the engine tolerates as many faulty ones to the end. */
  readonly #sealers: number;
  readonly #ids: NodeId[];
  readonly #byzantine: NodeId[];
  readonly #faults: RandomFaults<M, R, V>;
  /** Honest nodes that run after healing, and those of them that nothing hinders. */
  #running: ScriptNode<M, R, V>[] = [];
  #live: ScriptNode<M, R, V>[] = [];
  #labels = 0;

  constructor(seed: number, engine: ScriptEngine<M, R, V>, options: SimulationOptions) {
    this.#engine = engine;
    this.#options = options;
    const rng = createSeededRng(seed);
    this.#random = (n) => rng.below(n);
    this.#commands = new Commands(engine);
    this.#commands.mute();
    const sizes = [4, 4, 4, 4, 7, 5, 3, 1];
    const n = sizes[seed % sizes.length]!;
    const observers = options.changes === true ? OBSERVERS : 0;
    this.#sealers = n;
    this.#ids = Array.from({ length: n + observers }, (_, i) => scriptId(i + 1));
    const byzantine = this.#random(2) === 0 ? options.maxByzantine(n) : 0;
    this.#byzantine = this.#ids.slice(n - byzantine, n);
    this.#do(`add-nodes ${n} observers=${observers} timeout=5`);
    if (this.#random(2) === 0 && options.lazyStore !== false) this.#do("lazy-store");
    if (byzantine > 0) this.#do(`byzantine ${this.#byzantine.join(" ")}`);
    this.#faults = new RandomFaults({
      env: this.#commands.env,
      engine,
      kinds: options.faults ?? [],
      maxFaulty: options.maxFaulty(n),
      random: this.#random,
      run: (line) => this.#do(line),
    });
  }

  get height(): number {
    return this.#commands.env.decisions.height;
  }

  chaos(): void {
    this.#do("pending");
    for (let i = 0; i < this.#options.steps; i++) {
      if (!this.#faults.strike()) this.#randomCommand();
    }
  }

  healAndAdvance(): void {
    const { env } = this.#commands;
    this.#do("heal");
    const { staysDown, hindered } = this.#faults.repair();
    for (const { id, up } of this.#honest()) if (!up && !staysDown.has(id)) this.#do(`restart ${id}`);
    this.#do("pending");
    const running = this.#honest().filter(({ id }) => !staysDown.has(id));
    const live = running.filter(({ id }) => !hindered.has(id));
    const goal = Math.max(...live.map((node) => node.tip.height), env.decisions.height) + NEW_BLOCKS;
    this.#running = running;
    this.#live = live;
    this.healTicks = this.#ticksUntil(() => live.every((node) => node.tip.height >= goal));
    if (this.healTicks < MAX_HEAL_TICKS) return;
    this.script.push("heal", `# staying down: ${[...staysDown].join(" ")}; hanging: ${[...hindered].join(" ")}`);
    throw new InvariantError("no progress after healing", { heights: live.map((node) => node.tip.height).join(",") });
  }

  /** Nothing is pending any more, and liars say what they like: nobody is led far by it, and work goes on at once after. */
  idle(): void {
    if (this.#byzantine.length === 0) return;
    this.#do("pending off");
    for (let i = 0; i < IDLE_LIES; i++) {
      this.#forgeSomething();
      this.#ticksUntil(() => false, IDLE_TICKS_PER_LIE);
    }
    for (const { id, machine } of this.#live) {
      const { round, height } = machine!.view();
      if (round > this.#ids.length) throw new InvariantError("views climb on an idle chain", { id, round, height });
    }
    this.#do("pending");
    const goal = Math.max(...this.#live.map((node) => node.tip.height)) + 1;
    const ticks = this.#ticksUntil(() => this.#live.every((node) => node.tip.height >= goal));
    if (ticks === MAX_HEAL_TICKS) throw new InvariantError("no progress after an idle phase");
  }

  /** Lets the running nodes work until the condition holds; gives the ticks that took, at most `limit`. */
  #ticksUntil(condition: () => boolean, limit = MAX_HEAL_TICKS): number {
    const { env } = this.#commands;
    for (let tick = 0; tick < limit; tick++) {
      this.#commands.stabilize(this.#running, null);
      for (const node of this.#running)
        if (node.pending && node.sealing !== null) propose(env, node, this.#label(node));
      for (const node of this.#live) {
        if (node.halted !== null) throw new InvariantError("a node halted", { node: node.id });
      }
      if (condition()) return tick;
      env.network.inFlight = env.network.inFlight.filter(({ to }) => this.#running.some(({ id }) => id === to));
      for (const node of this.#running) {
        // Nobody tells those who are no sealers; sync asks by itself.
        if (!node.tip.sealers.includes(node.id) || !this.#newestSealers().includes(node.id)) lookAround(env, node);
        env.step(node, { type: "tick" });
      }
    }
    return limit;
  }

  #newestSealers(): readonly NodeId[] {
    return this.#commands.env.decisions.newest?.sealers ?? this.#ids;
  }

  #randomCommand(): void {
    const { env } = this.#commands;
    const { length } = env.network.inFlight;
    const die = this.#random(100);
    if (die < 45 && length > 0) {
      // Mostly the oldest messages, sometimes any.
      const index = this.#random(4) === 0 ? this.#random(length) : this.#random(Math.min(length, 4));
      const how = this.#random(20);
      this.#do(`wire ${index}${how < 2 ? " drop" : how < 4 ? " dup" : ""}`);
    } else if (die < 50) this.#do(`deliver ${this.#pick()}`);
    else if (die < 61) this.#do(`fsync ${this.#pick()}${this.#random(3) === 0 ? " max=1" : ""}`);
    else if (die < 70) this.#do(`execute ${this.#pick()}`);
    else if (die < 74) this.#do(`apply ${this.#pick()}`);
    else if (die < 76) this.#do(`sync ${this.#pick()}`);
    else if (die < 77) this.#do(`store ${this.#pick()}`);
    else if (die < 84) this.#proposeSomewhere();
    else if (die < 91) this.#do(`tick ${this.#pick()}${this.#random(4) === 0 ? " n=5" : ""}`);
    else if (die < 92) this.#crashOrRestart();
    else if (die < 93) this.#splitOrHeal();
    else if (die < 97) this.#forgeSomething();
    else if (length > 80) this.#do(`deliver ${this.#pick()} drop`);
    else if (die === 99) this.#do("stabilize");
  }

  #crashOrRestart(): void {
    const down = this.#honest().filter((node) => !node.up);
    if (down.length > 0 && this.#random(3) > 0) this.#do(`restart ${down[this.#random(down.length)]!.id}`);
    else {
      const up = this.#honest().filter((node) => node.up);
      if (up.length > 0) this.#do(`crash ${up[this.#random(up.length)]!.id}`);
    }
  }

  #splitOrHeal(): void {
    if (this.#commands.env.network.cut.size > 0) {
      this.#do("heal");
      return;
    }
    if (this.#ids.length < 2) return;
    const left = this.#ids.filter(() => this.#random(2) === 0);
    const right = this.#ids.filter((id) => !left.includes(id));
    if (left.length > 0 && right.length > 0) this.#do(`partition ${left.join(",")}|${right.join(",")}`);
  }

  #proposeSomewhere(): void {
    const asked = this.#honest().filter((node) => node.up && node.sealing !== null);
    if (asked.length === 0) return;
    const node = asked[this.#random(asked.length)]!;
    this.#do(`propose ${node.id} ${this.#label(node)}`);
  }

  #forgeSomething(): void {
    const { env } = this.#commands;
    if (this.#byzantine.length === 0) return;
    const sender = this.#byzantine[this.#random(this.#byzantine.length)]!;
    const { tip } = this.#honest()[this.#random(this.#honest().length)]!;
    if (!tip.sealers.includes(sender)) return;
    const knowledge = {
      nodes: tip.sealers,
      seen: env.network.seen,
      height: tip.height + 1,
      parent: tip.hash,
    };
    for (const { to, msg } of this.#engine.forge(sender, knowledge, this.#random)) {
      this.script.push(`# forged ${sender}->${to} ${this.#engine.printMessage(msg)}`);
      const signatures = this.#engine.digests(msg).map((text) => fakeSignature(sender, text));
      env.network.inFlight.push({ from: sender, to, msg, signatures });
    }
  }

  #honest(): ScriptNode<M, R, V>[] {
    return [...this.#commands.env.nodes.values()].filter((node) => !node.byzantine);
  }

  #pick(): NodeId {
    return this.#ids[this.#random(this.#ids.length)]!;
  }

  #label(node: ScriptNode<M, R, V>): string {
    this.#labels += 1;
    return `b${this.#labels}${this.#options.changes === true ? this.#change(node.tip.sealers) : ""}`;
  }

  /** Now and then a block changes the time-out or the sealers. */
  #change(sealers: readonly NodeId[]): string {
    const others = this.#ids.filter((id) => !sealers.includes(id));
    const add = () => (others.length === 0 ? "" : `+${others[this.#random(others.length)]}`);
    const remove = () => `-${sealers[this.#random(sealers.length)]}`;
    const mayShrink = sealers.length > this.#sealers;
    const die = this.#random(12);
    if (die === 0) return `~${3 + this.#random(8)}`;
    if (die === 1) return add();
    if (die === 2) return mayShrink ? remove() : "";
    return die === 3 && others.length > 0 ? `${add()}${remove()}` : "";
  }

  #do(line: string): void {
    this.script.push(line);
    this.#commands.runLine(line);
  }
}
