import { InvariantError, type NodeId } from "@fb/types";
import type { MachineView } from "../core/machine.ts";
import { Commands } from "./commands.ts";
import { type FaultKind, RandomFaults } from "./random-faults.ts";
import { fakeSignature, type ScriptEngine } from "./script-engine.ts";
import type { ScriptNode } from "./script-node.ts";

export interface SimulationOptions {
  /** Random commands before everything is healed. */
  readonly steps: number;
  /** Sealers that may be Byzantine of n; 0 for engines that tolerate crashes only. */
  readonly maxByzantine: (n: number) => number;
  /** Sealers that may stay down at the end, Byzantine ones included. */
  readonly maxFaulty: (n: number) => number;
  /** Faults beside crashes, loss, reordering, duplication and partitions; default none. */
  readonly faults?: readonly FaultKind[];
  /** Half of the histories have heads that a crash takes back; false for engines that need a head to be durable. */
  readonly lazyStore?: boolean;
}

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
  readonly #ids: NodeId[];
  readonly #byzantine: NodeId[];
  readonly #faults: RandomFaults<M, R, V>;
  #labels = 0;

  constructor(seed: number, engine: ScriptEngine<M, R, V>, options: SimulationOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#random = mulberry32(seed);
    this.#commands = new Commands(engine);
    this.#commands.mute();
    const sizes = [4, 4, 4, 4, 7, 5, 3, 1];
    const n = sizes[seed % sizes.length]!;
    this.#ids = Array.from({ length: n }, (_, i) => String(i + 1) as NodeId);
    const byzantine = this.#random(2) === 0 ? options.maxByzantine(n) : 0;
    this.#byzantine = this.#ids.slice(n - byzantine);
    this.#do(`add-nodes ${n} timeout=5`);
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
    const { staysDown, lame } = this.#faults.mend();
    for (const { id, up } of this.#honest()) if (!up && !staysDown.has(id)) this.#do(`restart ${id}`);
    this.#do("pending");
    const running = this.#honest().filter(({ id }) => !staysDown.has(id));
    const live = running.filter(({ id }) => !lame.has(id));
    const goal = Math.max(...live.map((node) => node.tip.height), env.decisions.height) + NEW_BLOCKS;
    for (let tick = 0; tick < MAX_HEAL_TICKS; tick++) {
      this.healTicks = tick;
      this.#commands.stabilize(running, null);
      for (const node of running) if (node.sealing !== null) env.propose(node, this.#label());
      for (const node of live) if (node.halted !== null) throw new InvariantError("a node halted", { node: node.id });
      if (live.every((node) => node.tip.height >= goal)) return;
      env.wire = env.wire.filter(({ to }) => running.some(({ id }) => id === to));
      for (const node of running) env.step(node, { t: "tick" });
    }
    this.script.push("heal", `# staying down: ${[...staysDown].join(" ")}; hanging: ${[...lame].join(" ")}`);
    throw new InvariantError("no progress after healing", { heights: live.map((node) => node.tip.height).join(",") });
  }

  #randomCommand(): void {
    const { env } = this.#commands;
    const { length } = env.wire;
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
    if (this.#commands.env.cut.size > 0) {
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
    if (asked.length > 0) this.#do(`propose ${asked[this.#random(asked.length)]!.id} ${this.#label()}`);
  }

  #forgeSomething(): void {
    const { env } = this.#commands;
    if (this.#byzantine.length === 0) return;
    const sender = this.#byzantine[this.#random(this.#byzantine.length)]!;
    const { tip } = this.#honest()[this.#random(this.#honest().length)]!;
    const knowledge = {
      nodes: this.#ids,
      byzantine: new Set(this.#byzantine),
      seen: env.seen,
      height: tip.height + 1,
      parent: tip.hash,
    };
    for (const { to, msg } of this.#engine.forge(sender, knowledge, this.#random)) {
      this.script.push(`# forged ${sender}->${to} ${this.#engine.printMessage(msg)}`);
      const signatures = this.#engine.digests(msg).map((text) => fakeSignature(sender, text));
      env.wire.push({ from: sender, to, msg, signatures });
    }
  }

  #honest(): ScriptNode<M, R, V>[] {
    return [...this.#commands.env.nodes.values()].filter((node) => !node.byzantine);
  }

  #pick(): NodeId {
    return this.#ids[this.#random(this.#ids.length)]!;
  }

  #label(): string {
    this.#labels += 1;
    return `b${this.#labels}`;
  }

  #do(line: string): void {
    this.script.push(line);
    this.#commands.runLine(line);
  }
}

/** A small seeded generator: uniform enough for choosing commands. */
function mulberry32(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}
