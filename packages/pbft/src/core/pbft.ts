import type { CoreInput, Head, Image, Machine, MachineView, Screened, Signatures } from "@fb/consensus/core";
import type { NodeId } from "@fb/types";
import { Ahead, obtainBody, onBody, onFetch, repeatTo, repeatVotes } from "./catch-up.ts";
import { FutureBuffer } from "./future-buffer.ts";
import type { PbftConfig, PbftHeading, PbftMsg, PbftRecord } from "./messages.ts";
import { Out, type PbftEffect } from "./out.ts";
import { considerEarly, leadIfDue, onPrepare, onSealed } from "./propose.ts";
import { screen } from "./screen.ts";
import { HeightState } from "./state.ts";
import { ViewTimer } from "./timer.ts";
import { askForView, enterIfDue, joinIfDue, onViewChange } from "./view-change.ts";
import { commitIfDue, decideIfDue, onExecuted, onVote, signIfDue } from "./vote.ts";

export type PbftInput<P> = CoreInput<PbftMsg<P>, P>;

export interface PbftView extends MachineView {
  /** The view asked for; above `round` while a view change is under way. */
  readonly target: number;
  readonly lock: { readonly view: number; readonly hash: string } | null;
  readonly timing: boolean;
}

export type PbftMachine<P> = Machine<PbftInput<P>, PbftEffect<P>, PbftView, PbftHeading>;

/** PBFT as SPEC.md describes it. `image` is all it remembers of earlier runs. */
export function createPbft<P>(config: PbftConfig, image: Image<PbftRecord<P>>): PbftMachine<P> {
  return new Pbft(config, image);
}

class Pbft<P> implements PbftMachine<P> {
  readonly #config: PbftConfig;
  readonly #silentThrough: number;
  readonly #out = new Out<P>();
  readonly #timer: ViewTimer;
  readonly #future = new FutureBuffer<P>();
  readonly #ahead = new Ahead();
  /** Journal of heights above the one being decided: written before a crash that lost their parent's block. */
  #later: readonly PbftRecord<P>[];
  #state: HeightState<P>;
  #pending = false;
  #resumed = false;

  constructor(config: PbftConfig, image: Image<PbftRecord<P>>) {
    this.#config = config;
    this.#silentThrough = image.silentThrough;
    this.#timer = new ViewTimer(config.timeoutTicks);
    this.#later = image.records;
    this.#state = this.#open(image.head);
  }

  step(input: PbftInput<P>): readonly PbftEffect<P>[] {
    if (!this.#resumed) this.#resume();
    this.#handle(input);
    this.#progress();
    return this.#out.take();
  }

  screen(from: NodeId, heading: PbftHeading): Screened {
    return screen(this.#state, from, heading);
  }

  view(): PbftView {
    const s = this.#state;
    const leader = s.n === 0 ? null : s.node(s.leader(s.view));
    return {
      role: s.self < 0 ? "observer" : leader === this.#config.self ? "leader" : "follower",
      round: s.view,
      height: s.height,
      leader,
      target: s.target,
      lock: s.lock === null ? null : { view: s.lock.view, hash: s.lock.hash },
      timing: this.#timer.running,
    };
  }

  #handle(input: PbftInput<P>): void {
    const s = this.#state;
    switch (input.t) {
      case "tick":
        this.#tick();
        break;
      case "msg":
        this.#message(input.from, input.msg, input.signatures);
        break;
      case "proposal":
        onSealed(s, this.#out, input.round, input.proposal);
        break;
      case "executed":
        onExecuted(s, this.#out, input.key, input.outcome);
        break;
      case "persisted":
        this.#persisted(input.seq, input.signatures);
        break;
      case "head":
        this.#newHead(input.head);
        break;
      case "peer":
        if (input.up) this.#greet(input.peer);
        break;
      case "pending":
        this.#pending = input.pending;
        break;
      default:
        input satisfies never;
    }
  }

  /** Applies the rules until none has anything left to do. */
  #progress(): void {
    const s = this.#state;
    const out = this.#out;
    if (s.self < 0) return;
    joinIfDue(s, out);
    const entered = enterIfDue(s, out);
    if (entered) considerEarly(s, out);
    const before = s.current;
    leadIfDue(s, out);
    signIfDue(s, out);
    commitIfDue(s, out);
    decideIfDue(s, out);
    obtainBody(s, out);
    joinIfDue(s, out);
    this.#watch(entered || (before === null && s.current !== null));
  }

  /** Keeps the view timer: running exactly while there is something to agree on. */
  #watch(restart: boolean): void {
    const s = this.#state;
    if (!s.hasBusiness(this.#pending)) this.#timer.stop();
    else if (restart || !this.#timer.running) this.#timer.restart(s.view);
  }

  #tick(): void {
    const s = this.#state;
    const out = this.#out;
    out.tick();
    this.#ahead.tick(out);
    if (s.fetching !== null && s.fetching.wait > 0) s.fetching.wait -= 1;
    const { expired, repeat } = this.#timer.tick();
    if (repeat) repeatVotes(s, out);
    if (!expired) return;
    // While a view change is under way there is nothing to give up; asking again is all that helps.
    if (s.target === s.view) {
      out.note("info", "view-timeout", { height: s.height, view: s.view });
      askForView(s, out, s.view + 1);
    }
    this.#timer.restart(s.view);
  }

  #message(from: NodeId, msg: PbftMsg<P>, signatures: Signatures): void {
    const s = this.#state;
    const out = this.#out;
    if (msg.height > s.height) {
      this.#early(from, msg, signatures);
      return;
    }
    if (msg.height < s.height) {
      if (msg.m === "prepare" || msg.m === "viewChange") out.reject(from, "STALE");
      if (msg.m !== "sign" && msg.m !== "commit" && msg.m !== "body") out.answer(from, s.status());
      return;
    }
    if (s.self < 0) return;
    if (s.indexOf(from) < 0) {
      out.reject(from, "NOT_A_SEALER");
      return;
    }
    switch (msg.m) {
      case "prepare":
        onPrepare(s, out, from, msg);
        break;
      case "sign":
      case "commit":
        onVote(s, out, from, msg, signatures[0]!);
        break;
      case "viewChange":
        onViewChange(s, out, from, msg);
        break;
      case "status":
        repeatTo(s, out, from, msg.lacksBlock);
        break;
      case "fetch":
        onFetch(s, out, from, msg.hash);
        break;
      case "body":
        onBody(s, out, from, msg);
        break;
      default:
        msg satisfies never;
    }
  }

  #early(from: NodeId, msg: PbftMsg<P>, signatures: Signatures): void {
    const s = this.#state;
    this.#ahead.seen(this.#out, from, msg.height, s.height);
    if (msg.m === "status" || msg.m === "fetch" || msg.m === "body") return;
    const kept = msg.height === s.height + 1 && this.#future.add({ from, msg, signatures });
    if (!kept) this.#out.reject(from, "TOO_FAR");
  }

  #persisted(seq: number, signatures: readonly Signatures[]): void {
    const s = this.#state;
    this.#out.persisted(seq).forEach(({ msg }, i) => {
      if (msg.height !== s.height) return;
      if (msg.m === "prepare") s.own.prepare = msg;
      if (msg.m === "viewChange") {
        s.own.viewChange = msg;
        s.asked[s.self] = Math.max(s.asked[s.self]!, msg.view);
      }
      if (msg.m !== "sign" && msg.m !== "commit") return;
      s.own[msg.m] = msg;
      onVote(s, this.#out, this.#config.self, msg, signatures[i]![0]!);
    });
  }

  #newHead(head: Head): void {
    if (head.height <= this.#state.head.height) return;
    this.#timer.heightDone(this.#state.view);
    this.#state = this.#open(head);
    this.#resume();
    this.#ahead.reached(this.#state.height);
    for (const { from, msg, signatures } of this.#future.take()) {
      if (msg.height >= this.#state.height) this.#message(from, msg, signatures);
    }
  }

  #open(head: Head): HeightState<P> {
    const records = this.#later.filter((record) => record.height === head.height + 1);
    this.#later = this.#later.filter((record) => record.height > head.height + 1);
    return new HeightState<P>(this.#config, head, this.#silentThrough, records);
  }

  /** After a restart: says again what the journal holds, and asks the others where they are. */
  #resume(): void {
    const s = this.#state;
    const out = this.#out;
    const first = !this.#resumed;
    this.#resumed = true;
    if (s.self < 0) return;
    if (first) out.send("sealers", s.status());
    if (s.own.viewChange !== null) out.send("sealers", s.own.viewChange);
    const { resumeSign } = s;
    if (resumeSign === null || !s.votes) return;
    const { height, view, hash } = resumeSign;
    // Signing the same again is no new promise; our own count needs the signature.
    out.persist({ k: "signed", height, view, hash, executed: null }, [resumeSign]);
    const body = s.bodies.get(hash);
    if (body !== undefined && !s.results.has(body.proposal.id)) {
      s.results.set(body.proposal.id, null);
      out.add({ t: "execute", key: body.proposal.id, proposal: body.proposal, fresh: false });
    }
  }

  /** A connection came up: tell the peer where we are and what it may have missed. */
  #greet(peer: NodeId): void {
    const s = this.#state;
    if (s.self < 0 || s.indexOf(peer) < 0) return;
    this.#out.send(peer, s.status());
    repeatTo(s, this.#out, peer, true);
  }
}
