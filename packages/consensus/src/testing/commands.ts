import { InvariantError, invariant } from "@fb/types";
import type { MachineView } from "../core/machine.ts";
import { type Command, parseCommand } from "./datadriven.ts";
import { Env } from "./env.ts";
import { applyAll, execute, fsync, propose, sync } from "./jobs.ts";
import type { Flight } from "./network.ts";
import type { ScriptEngine } from "./script-engine.ts";
import { type BrokenExecution, type Job, type ScriptNode, scriptId } from "./script-node.ts";

const MAX_ROUNDS = 200;

/**
 * The words of the script language over an {@link Env}. `run` gives what a command printed; it throws when the command
 * makes no sense or an invariant breaks. Node lists are words ("1 2 3") or missing = all.
 */
export class Commands<M, R, V extends MachineView> {
  readonly env: Env<M, R, V>;
  #lines: string[] = [];
  #silent = false;
  #labels = 0;

  constructor(engine: ScriptEngine<M, R, V>) {
    this.env = new Env(engine, (line) => {
      if (!this.#silent) this.#lines.push(line);
    });
  }

  /** Prints nothing from now on; for simulations. */
  mute(): void {
    this.#silent = true;
  }

  runLine(line: string): string {
    return this.run(parseCommand(line));
  }

  run(command: Command): string {
    this.#lines = [];
    this.#dispatch(command);
    return this.#lines.join("\n");
  }

  #dispatch(command: Command): void {
    const { env } = this;
    const { args, options } = command;
    switch (command.name) {
      // add-nodes 4 [fresh] [observers=1] [timeout=10]: nodes 1..4 are sealers, the next are observers; time-out in ticks;
      // fresh = the group has never been started before
      case "add-nodes": {
        const timeoutTicks = Number(options.get("timeout") ?? 10);
        this.#addNodes(Number(args[0]), Number(options.get("observers") ?? 0), timeoutTicks, args.includes("fresh"));
        break;
      }
      // pending 1 2 | pending off: whether the pool holds something
      case "pending": {
        const off = args[0] === "off";
        for (const node of this.#nodes(off ? args.slice(1) : args)) {
          node.pending = !off;
          env.step(node, { type: "pending", pending: !off });
        }
        break;
      }
      // propose 1 A: the sealer of node 1 answers the machine's `seal`
      case "propose":
        propose(env, env.node(scriptId(args[0])), args[1]!);
        break;
      // tick 1 2 [n=30]
      case "tick":
        for (let i = 0; i < Number(options.get("n") ?? 1); i++) {
          for (const node of this.#nodes(args)) env.step(node, { type: "tick" });
        }
        break;
      // deliver 2 3 [type=Sign] [from=1] [drop] [dup]: what is in flight to these nodes
      case "deliver":
        this.#deliver(args, options);
        break;
      // wire 3 [drop|dup]: the message at this place in the queue
      case "wire":
        this.#wire(Number(args[0]), args[1]);
        break;
      // execute 2 [result=ok|fail:CODE|hash:X]
      case "execute":
        for (const node of this.#nodes(args)) {
          for (let left = node.executions.length; left > 0; left--) execute(env, node, options.get("result"));
        }
        break;
      // fsync 1 [max=1]
      case "fsync":
        for (const node of this.#nodes(args)) fsync(env, node, Number(options.get("max") ?? Number.POSITIVE_INFINITY));
        break;
      // apply 1: stores decided blocks
      case "apply":
        for (const node of this.#nodes(args)) applyAll(env, node);
        break;
      // lazy-store: from now on blocks are durable only after `store`, and a crash takes the others back
      case "lazy-store":
        env.lazyStore = true;
        break;
      case "store":
        for (const node of this.#nodes(args)) if (node.up) env.store(node);
        break;
      // sync 4: follows the hints of `behind`
      case "sync":
        for (const node of this.#nodes(args)) for (const peer of [...node.behind.keys()]) sync(env, node, peer);
        break;
      case "crash":
        for (const node of this.#nodes(args)) this.#print(`  ${node.id} lost ${node.crash()} unsynced record(s)`);
        break;
      // copy 2: keeps a copy of the node's disk, for `restart`
      case "copy":
        for (const node of this.#nodes(args)) node.copy = node.disk();
        break;
      // restart 2 [journal=lost|old] [chain=lost|old]: lost = gone, old = as in the copy; a lost chain is genesis
      case "restart":
        for (const node of this.#nodes(args)) this.#restart(node, options);
        break;
      // break-journal 1: the next fsync fails
      case "break-journal":
        for (const node of this.#nodes(args)) node.journalBroken = true;
        break;
      // hang 1 fsync|execute|commit: these jobs do not end
      case "hang":
        for (const node of this.#nodes(args)) for (const job of jobs(args)) node.hanging.add(job);
        break;
      // release 1 [fsync|execute|commit]: they may end again
      case "release":
        for (const node of this.#nodes(args)) for (const job of jobs(args)) node.hanging.delete(job);
        break;
      // execution 3 refuse|diverge|ok: what the node makes of every block from now on
      case "execution":
        for (const node of this.#nodes(args)) node.execution = brokenExecution(args);
        break;
      // inject 7 from=9 to=2: 9, who need not be a node, repeats the message at this place of what was sent
      case "inject":
        env.inject(Number(args[0]), scriptId(options.get("from")), scriptId(options.get("to")));
        break;
      // partition 1,2|3,4
      case "partition":
        this.#partition(args[0]!);
        break;
      case "heal":
        env.heal();
        break;
      // byzantine 4: the node is now whatever `forge` makes of it
      case "byzantine":
        for (const node of this.#nodes(args)) node.byzantine = true;
        break;
      // forge from=4 to=1 Sign 1/0 A!
      case "forge":
        this.#forge(command);
        break;
      // stabilize 1 2 3 [label=B]: everything that can happen without time; answers `seal` with label, label2...
      case "stabilize":
        this.stabilize(this.#nodes(args), options.get("label") ?? null);
        break;
      case "state":
        for (const node of this.#nodes(args)) this.#print(`  ${node.id} ${this.#state(node)}`);
        break;
      default:
        throw new InvariantError("unknown command", { line: command.line });
    }
  }

  /** Runs these nodes until nothing is left to do for them. */
  stabilize(nodes: readonly ScriptNode<M, R, V>[], label: string | null): void {
    const { env } = this;
    const ids = new Set(nodes.map(({ id }) => id));
    for (let round = 0; round < MAX_ROUNDS; round++) {
      let idle = true;
      const mine = env.network.inFlight.filter(({ to }) => ids.has(to));
      env.network.inFlight = env.network.inFlight.filter(({ to }) => !ids.has(to));
      for (const flight of mine) env.deliver(flight);
      if (mine.length > 0) idle = false;
      for (const node of nodes) {
        if (!node.up || node.byzantine) continue;
        if (label !== null && node.sealing !== null) {
          this.#labels += 1;
          propose(env, node, this.#labels === 1 ? label : `${label}${this.#labels}`);
          idle = false;
        }
        if (node.busy) idle = false;
        for (let left = node.executions.length; left > 0; left--) execute(env, node);
        fsync(env, node);
        applyAll(env, node);
        for (const peer of [...node.behind.keys()]) sync(env, node, peer);
      }
      if (idle) return;
    }
    if (label === null) throw new InvariantError("the nodes do not come to rest");
  }

  #print(line: string): void {
    this.#lines.push(line);
  }

  #nodes(ids: readonly string[]): ScriptNode<M, R, V>[] {
    const words = ids.filter((id) => /^\d+$/.test(id));
    return words.length === 0 ? [...this.env.nodes.values()] : words.map((id) => this.env.node(scriptId(id)));
  }

  #addNodes(sealers: number, observers: number, timeoutTicks: number, fresh: boolean): void {
    const ids = Array.from({ length: sealers + observers }, (_, i) => scriptId(i + 1));
    this.env.addNodes(ids, ids.slice(0, sealers), timeoutTicks, fresh ? "missing" : "there");
  }

  #deliver(args: readonly string[], options: ReadonlyMap<string, string>): void {
    const { env } = this;
    const targets = new Set(this.#nodes(args).map(({ id }) => id));
    const matches = ({ from, to, msg }: Flight<M>) =>
      targets.has(to) &&
      (options.get("from") ?? from) === from &&
      (!options.has("type") || env.engine.printMessage(msg).startsWith(`${options.get("type")} `));
    const chosen = env.network.inFlight.filter(matches);
    env.network.inFlight = env.network.inFlight.filter((flight) => !matches(flight));
    if (args.includes("drop")) return;
    for (const flight of args.includes("dup") ? [...chosen, ...chosen] : chosen) env.deliver(flight);
  }

  #wire(index: number, how: string | undefined): void {
    const flight = this.env.network.inFlight[index];
    invariant(flight !== undefined, "nothing at this place of the wire", { index });
    if (how !== "dup") this.env.network.inFlight.splice(index, 1);
    if (how !== "drop") this.env.deliver(flight);
  }

  #restart(node: ScriptNode<M, R, V>, options: ReadonlyMap<string, string>): void {
    invariant(!node.up || node.byzantine, "restart of a node that runs", { node: node.id });
    const journal = options.get("journal");
    const chain = options.get("chain");
    node.crash();
    node.halted = null;
    node.journalBroken = false;
    const { copy } = node;
    invariant(copy !== null || (journal !== "old" && chain !== "old"), "there is no copy", { node: node.id });
    if (chain === "lost") node.chain = node.chain.slice(0, 1);
    if (chain === "old") node.chain = [...copy!.chain];
    node.durable = node.tip.height;
    if (journal === "old") {
      node.journal = [...copy!.journal];
      node.mark = copy!.mark;
      node.silentThrough = copy!.silentThrough;
      node.incomplete = copy!.incomplete;
    }
    const records = journal === "lost" ? 0 : this.env.engine.live(node.journal, node.durable).length;
    this.#print(`  ${node.id} restarts with ${records} record(s) at ${node.tip.height}`);
    this.env.start(node.id, journal === "lost" ? "missing" : "there");
  }

  #partition(text: string): void {
    const sides = text.split("|").map((side) => side.split(",").map(scriptId));
    for (const side of sides) {
      for (const other of sides) {
        if (side !== other) for (const a of side) for (const b of other) this.env.network.cut.add(`${a} ${b}`);
      }
    }
  }

  #forge(command: Command): void {
    const { env } = this;
    const from = scriptId(command.options.get("from"));
    const to = command.options.get("to");
    env.node(from).lied = true;
    const text = command.line.replace(/^forge\s+|(from|to)=\S+\s*/g, "");
    const msg = env.engine.parseMessage(text, from, env.node(from).tip.sealers);
    invariant(msg !== null, "cannot forge this", { line: command.line });
    const signatures = env.sign(from, msg);
    for (const node of to === undefined ? env.nodes.keys() : [scriptId(to)]) {
      if (node !== from) env.network.inFlight.push({ from, to: node, msg, signatures });
    }
  }

  #state(node: ScriptNode<M, R, V>): string {
    if (node.halted !== null) return `halted ${node.halted}`;
    if (node.byzantine) return "byzantine";
    if (node.machine === null) return `down at ${node.tip.height}`;
    return `head=${node.tip.height} ${node.tip.hash} ${this.env.engine.printView(node.machine.view())}`;
  }
}

const JOBS: readonly Job[] = ["fsync", "execute", "commit"];

/** The jobs that are named, or all. */
function jobs(args: readonly string[]): readonly Job[] {
  const named = JOBS.filter((job) => args.includes(job));
  return named.length > 0 ? named : JOBS;
}

function brokenExecution(args: readonly string[]): BrokenExecution | null {
  return (["refuse", "diverge"] as const).find((word) => args.includes(word)) ?? null;
}
