import { InvariantError, invariant, type NodeId, type Signature } from "@fb/types";
import type { CoreEffect, CoreInput, MachineView, Send } from "../core/machine.ts";
import type { RejectCode } from "../core/reject-code.ts";
import { silenceAfter, standingOf } from "../journal/standing.ts";
import { checkCertificate, checkClaims, checkPenalty, checkSend, Decisions } from "./invariants.ts";
import { type Flight, Network } from "./network.ts";
import { fakeSignature, type Label, type ScriptEngine } from "./script-engine.ts";
import { hashOf, type ScriptBlock, ScriptNode, sealersAfter, timeoutAfter } from "./script-node.ts";

/**
 * Nodes, their disks and the wire between them, without time and without threads: everything happens because a command
 * says so. Every effect is printed; the invariants are checked as things happen.
 */
export class Env<M, R, V extends MachineView> {
  readonly engine: ScriptEngine<M, R, V>;
  readonly nodes = new Map<NodeId, ScriptNode<M, R, V>>();
  readonly network = new Network<M>();
  readonly decisions = new Decisions();
  readonly claims = new Map<string, NodeId>();
  /** Blocks become durable only by `store`, so that a crash can take heads back: the next height overlaps storing. */
  lazyStore = false;
  readonly print: (line: string) => void;
  /** Proposer of every proposal that any node executed. */
  readonly #sealerOf = new Map<Label, number>();
  #runs = 0;

  constructor(engine: ScriptEngine<M, R, V>, print: (line: string) => void) {
    this.engine = engine;
    this.print = print;
  }

  /** @param journal missing: the very first start of the group. */
  addNodes(
    ids: readonly NodeId[],
    sealers: readonly NodeId[],
    timeoutTicks: number,
    journal: "there" | "missing" = "there",
  ): void {
    const genesis: ScriptBlock = { height: 0, label: "G", hash: hashOf("G"), sealer: 0, sealers, timeoutTicks };
    for (const id of ids) {
      invariant(!this.nodes.has(id), "this node exists", { id });
      this.nodes.set(id, new ScriptNode(id, genesis));
      this.start(id, journal);
    }
  }

  node(id: NodeId): ScriptNode<M, R, V> {
    const node = this.nodes.get(id);
    invariant(node !== undefined, "no such node", { id });
    return node;
  }

  /** Boots a machine from what the node's disk holds, as the driver does. */
  start(id: NodeId, journal: "there" | "missing"): void {
    const node = this.node(id);
    const { durable } = node;
    const standing = standingOf(journal === "missing" ? null : node.mark, durable);
    if (standing === "missing" || standing === "older") this.#forget(node);
    node.silentThrough = Math.max(node.silentThrough, silenceAfter(standing, node.mark, durable));
    this.#runs += 1;
    const { silentThrough, incomplete: forgetful } = node;
    const records = [...this.engine.live(node.journal, durable)];
    const image = { head: node.head(), records, silentThrough, forgetful, mark: node.mark, run: this.#runs };
    node.machine = this.engine.create(id, image, this.#runs);
    this.step(node, { type: "pending", pending: node.pending });
  }

  #forget(node: ScriptNode<M, R, V>): void {
    node.journal = [];
    node.mark = node.durable;
    node.silentThrough = 0;
    node.incomplete = true;
    node.forgotThrough = node.top + 1;
    if (!this.engine.forgetfulMayLie) return;
    node.lied = true;
    node.history.length = 0;
    node.votes.clear();
    node.promises.clear();
  }

  step(node: ScriptNode<M, R, V>, input: CoreInput<M, Label>): void {
    if (!node.up || node.byzantine) return;
    for (const effect of node.machine!.step(input)) this.#effect(node, effect);
    checkClaims(this.engine, this.claims, node);
  }

  send(from: NodeId, send: Send<M>): readonly Signature[] {
    const node = this.node(from);
    if (!node.byzantine) checkSend(this.engine, node, send.msg);
    const signatures = this.sign(from, send.msg);
    const receivers = send.to === "sealers" ? node.tip.sealers.filter((other) => other !== from) : [send.to];
    for (const to of receivers) {
      const ends = [node.machine, this.nodes.get(to)?.machine] as const;
      this.network.send({ from, to, msg: send.msg, signatures, ends });
    }
    return signatures;
  }

  /** `from`, who need not be a node, says what somebody said before, with its own signature. */
  inject(index: number, from: NodeId, to: NodeId): void {
    const said = this.network.sent[index];
    invariant(said !== undefined, "nothing at this place of what was sent", { index });
    this.network.inFlight.push({ from, to, msg: said.msg, signatures: this.sign(from, said.msg) });
  }

  sign(from: NodeId, msg: M): readonly Signature[] {
    return this.engine.digests(msg).map((text) => fakeSignature(from, text));
  }

  deliver(flight: Flight<M>): void {
    const node = this.nodes.get(flight.to);
    if (node === undefined || !this.network.canTalk(flight.from, flight.to)) return;
    if (node.byzantine) this.network.see(flight);
    if (!node.up || node.byzantine || this.#lost(flight)) return;
    this.print(`  ${flight.from}->${flight.to} ${this.engine.printMessage(flight.msg)}`);
    const screened = node.machine!.screen(flight.from, flight.msg);
    if (screened.take)
      this.step(node, { type: "msg", from: flight.from, msg: flight.msg, signatures: flight.signatures });
    else this.#screenedOff(node, flight, screened.code);
  }

  /** What is screened off would have changed nothing (consensus SPEC 1.4). */
  #screenedOff(node: ScriptNode<M, R, V>, { from, msg, signatures }: Flight<M>, code: RejectCode | null): void {
    const effects = node.machine!.step({ type: "msg", from, msg, signatures });
    const missed = effects.find(({ type }) => type !== "reject");
    if (missed !== undefined) {
      const message = this.engine.printMessage(msg);
      throw new InvariantError("a message that matters was screened off", {
        node: node.id,
        message,
        effect: missed.type,
      });
    }
    if (code !== null) this.#rejected(node, from, code);
  }

  /** Whether a request or an answer comes twice, or over another connection than the one it was sent on. */
  #lost(flight: Flight<M>): boolean {
    const ends = [this.nodes.get(flight.from)?.machine, this.nodes.get(flight.to)?.machine] as const;
    return this.engine.ofConnection(flight.msg) && this.network.isOfOldConnection(flight, ends);
  }

  heal(): void {
    const pairs = [...this.network.cut];
    this.network.cut.clear();
    for (const pair of pairs) {
      const [a, b] = pair.split(" ") as [NodeId, NodeId];
      this.step(this.node(a), { type: "peer", peer: b, up: true });
    }
  }

  /** A block becomes the node's head, decided here or synced. */
  advance(node: ScriptNode<M, R, V>, block: ScriptBlock): void {
    if (block.height !== node.tip.height + 1)
      throw new InvariantError("a head went back or skipped", { node: node.id });
    node.chain.push(block);
    node.top = Math.max(node.top, block.height);
    if (!this.lazyStore) this.store(node);
    node.sealing = null;
    this.print(`  ${node.id} head ${block.height} ${block.hash}`);
    this.step(node, { type: "head", head: node.head() });
  }

  /** Makes the node's chain durable; its journal hears of it, and forgets what that settles, a little later. */
  store(node: ScriptNode<M, R, V>): void {
    node.durable = node.tip.height;
    if (node.durable - node.mark < 2 || node.hanging.has("fsync")) return;
    node.mark = node.durable;
    node.journal = [...this.engine.live(node.journal, node.durable)];
  }

  #rejected(node: ScriptNode<M, R, V>, from: NodeId, code: RejectCode): void {
    this.print(`  ${node.id} reject from=${from} ${code}`);
    checkPenalty(this.nodes.get(from), code);
  }

  #decidedBlock(node: ScriptNode<M, R, V>, height: number, hash: string): ScriptBlock {
    const label = hash.slice(0, hash.indexOf("!"));
    const { sealers, timeoutTicks } = node.tip;
    return {
      height,
      label,
      hash,
      sealer: this.#sealerOf.get(label)!,
      sealers: sealersAfter(sealers, label),
      timeoutTicks: timeoutAfter(timeoutTicks, label),
    };
  }

  #effect(node: ScriptNode<M, R, V>, effect: CoreEffect<M, R, Label>): void {
    const { engine } = this;
    const line = (text: string) => this.print(`  ${node.id} ${text}`);
    const outgoing = (send: Send<M>) =>
      `${engine.printMessage(send.msg)}${send.to === "sealers" ? "" : ` to ${send.to}`}`;
    switch (effect.type) {
      case "persist": {
        const sends = effect.thenSend.map(outgoing).join(", ");
        line(`persist #${effect.seq} ${engine.printRecord(effect.record)}${sends === "" ? "" : ` then [${sends}]`}`);
        node.waiting.push(effect);
        break;
      }
      case "send":
        line(`send ${outgoing(effect)}`);
        this.send(node.id, effect);
        break;
      case "execute":
        line(`execute ${effect.proposal.block}${effect.fresh ? "" : " again"}`);
        this.#sealerOf.set(effect.proposal.id, effect.proposal.sealer);
        node.executions.push(effect);
        break;
      case "commit": {
        const signers = effect.certificate.signatures.map(({ sealer }) => node.tip.sealers[sealer]).join("");
        line(`commit ${effect.height}/${effect.certificate.round} ${effect.hash} by ${signers}`);
        checkCertificate(engine, node, effect.height, effect.hash, effect.certificate);
        this.decisions.decide(node, effect, this.#decidedBlock(node, effect.height, effect.hash));
        node.commits.push(effect);
        break;
      }
      case "seal":
        line(`seal ${effect.height}/${effect.round}`);
        node.sealing = effect;
        break;
      case "behind":
        line(`behind ${effect.height} from ${effect.from}`);
        node.behind.set(effect.from, effect.height);
        break;
      case "reject":
        this.#rejected(node, effect.from, effect.code);
        break;
      case "note":
        line(`note ${effect.note.event}${printFields(effect.note.fields)}`);
        break;
      case "halt":
        line(`halted ${effect.code} ours=${effect.ours} theirs=${effect.theirs}`);
        node.halted = effect.code;
        break;
      default:
        effect satisfies never;
    }
  }
}

function printFields(fields: Readonly<Record<string, unknown>>): string {
  const shown = Object.entries(fields).filter(([name]) => !name.endsWith("Signature"));
  return shown.map(([name, value]) => ` ${name}=${value}`).join("");
}
