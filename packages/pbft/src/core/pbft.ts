import {
  type CoreInput,
  type Head,
  IGNORE,
  type Image,
  type Machine,
  type MachineView,
  type Screened,
  type Signatures,
  TAKE,
} from "@fb/consensus/core";
import type { NodeId } from "@fb/types";
import { journalLock } from "./adopt-lock.ts";
import { Ahead, obtainBody, onBody, onFetch, repeatTo, repeatVotes } from "./catch-up.ts";
import { FutureBuffer } from "./future-buffer.ts";
import type { PbftConfig, PbftHeading, PbftMsg, PbftRecord, PrepareMsg } from "./messages.ts";
import { Out, type PbftEffect } from "./out.ts";
import { considerEarly, execute, leadIfDue, onPrepare, onSealed, stepAsideIfDue } from "./propose.ts";
import { Requests } from "./requests.ts";
import { refuse, screen } from "./screen.ts";
import type { Work } from "./stalls.ts";
import { HeightState } from "./state.ts";
import { ViewTimer } from "./timer.ts";
import { askForView, enterIfDue, joinIfDue, onViewChange } from "./view-change.ts";
import { commitIfDue, onExecuted, onVote, signIfDue, storeIfDue } from "./vote.ts";

export type PbftInput<P> = CoreInput<PbftMsg<P>, P>;

export interface PbftView extends MachineView {
  /** The view asked for; above `round` while a view change is under way. */
  readonly target: number;
  readonly lock: { readonly view: number; readonly hash: string } | null;
  readonly timing: boolean;
  /** What hangs in this node, so that it leads nothing. */
  readonly stalled: Work | null;
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
  readonly #requests = new Requests();
  /** Journal of heights above the one being decided: written before a crash that lost their parent's block. */
  #later: readonly PbftRecord<P>[];
  #state: HeightState<P>;
  #pending = false;
  #resumed = false;
  /** The Prepare whose arrival the view timer has taken into account. */
  #timed: PrepareMsg<P> | null = null;
  #stalled: Work | null = null;
  /** Within the present wait: the next one begins when time is up. */
  #steppedAside = false;

  constructor(config: PbftConfig, image: Image<PbftRecord<P>>) {
    this.#config = config;
    this.#silentThrough = image.silentThrough;
    this.#timer = new ViewTimer(image.head.timeoutTicks);
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
    const s = this.#state;
    if (heading.type === "body")
      return this.#requests.expects(from, heading.executed.hash) ? TAKE : refuse("UNEXPECTED");
    if (heading.height === s.height) return screen(s, from, heading);
    // These cost nothing, and show where we and the others are.
    if (heading.type === "status" || heading.type === "fetch") return TAKE;
    if (heading.height < s.height)
      return heading.type === "sign" || heading.type === "commit" ? IGNORE : refuse("STALE");
    if (heading.height === s.height + 1 && this.#future.wants(from, heading)) return TAKE;
    return this.#ahead.knows(from) ? refuse("TOO_FAR") : TAKE;
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
      stalled: s.stalled,
    };
  }

  #handle(input: PbftInput<P>): void {
    const s = this.#state;
    switch (input.type) {
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
        else this.#requests.disconnected(input.peer);
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
    this.#noteStall();
    joinIfDue(s, out);
    const entered = enterIfDue(s, out);
    if (entered) considerEarly(s, out);
    journalLock(s, out);
    leadIfDue(s, out);
    signIfDue(s, out);
    commitIfDue(s, out);
    storeIfDue(s, out);
    obtainBody(s, out, this.#requests);
    joinIfDue(s, out);
    this.#watch(entered);
  }

  /** Keeps the view timer: running exactly while there is something to agree on (SPEC 6.6). */
  #watch(entered: boolean): void {
    const s = this.#state;
    const accepted = s.current !== null && s.current !== this.#timed;
    this.#timed = s.current;
    if (!s.hasBusiness(this.#pending)) {
      this.#timer.stop();
      return;
    }
    if (entered || accepted || !this.#timer.running) this.#timer.restart(s.failures);
    // Where all hang, they would hand each other the lead for ever.
    if (!this.#steppedAside) this.#steppedAside = stepAsideIfDue(s, this.#out);
  }

  /** SPEC 6.7: says once that something hangs here, and that it is over. */
  #noteStall(): void {
    const { height, stalled } = this.#state;
    if (stalled === this.#stalled) return;
    if (stalled === null) this.#out.note("info", "stall-over", { height, work: this.#stalled });
    else this.#out.note("warn", "stalled", { height, work: stalled });
    this.#stalled = stalled;
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
    this.#steppedAside = false;
    // While a view change is under way there is nothing to give up; asking again is all that helps.
    if (s.target === s.view && s.promises) {
      out.note("info", "view-timeout", { height: s.height, view: s.view });
      askForView(s, out, s.view + 1);
    }
    this.#timer.restart(s.failures);
  }

  #message(from: NodeId, msg: PbftMsg<P>, signatures: Signatures): void {
    const s = this.#state;
    const out = this.#out;
    const screened = this.screen(from, msg);
    if (!screened.take) {
      if (screened.code !== null) out.reject(from, screened.code);
      return;
    }
    if (msg.type === "body") this.#requests.answered(from, msg.executed.hash);
    if (msg.height > s.height) this.#early(from, msg, signatures);
    else if (msg.height === s.height) this.#now(from, msg, signatures);
    else if (msg.type !== "body") out.answer(from, s.status());
  }

  /** A message of the height being decided that was not screened off. */
  #now(from: NodeId, msg: PbftMsg<P>, signatures: Signatures): void {
    const s = this.#state;
    const out = this.#out;
    switch (msg.type) {
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
    if (msg.type === "status" || msg.type === "fetch" || msg.type === "body") return;
    if (msg.height === s.height + 1 && this.#future.wants(from, msg)) this.#future.add({ from, msg, signatures });
    else this.#out.reject(from, "TOO_FAR");
  }

  #persisted(seq: number, signatures: readonly Signatures[]): void {
    const s = this.#state;
    this.#out.persisted(seq).forEach(({ msg }, i) => {
      if (msg.height !== s.height) return;
      if (msg.type === "prepare") s.own.prepare = msg;
      if (msg.type === "viewChange") {
        s.own.viewChange = msg;
        s.asked[s.self] = Math.max(s.asked[s.self]!, msg.view);
      }
      if (msg.type !== "sign" && msg.type !== "commit") return;
      s.own[msg.type] = msg;
      onVote(s, this.#out, this.#config.self, msg, signatures[i]![0]!);
    });
  }

  #newHead(head: Head): void {
    if (head.height <= this.#state.head.height) return;
    this.#timer.heightDone(this.#state.failures, head.timeoutTicks);
    this.#out.stalls.newHeight();
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
    return new HeightState<P>(this.#config, head, this.#out.stalls, this.#silentThrough, records);
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
    out.persist({ type: "signed", height, view, hash, executed: null }, [resumeSign]);
    const body = s.bodies.get(hash);
    if (body !== undefined && !s.results.has(body.proposal.id)) execute(s, out, body.proposal, false);
  }

  /** A connection came up: tell the peer where we are and what it may have missed. */
  #greet(peer: NodeId): void {
    const s = this.#state;
    if (s.self < 0 || s.indexOf(peer) < 0) return;
    this.#out.send(peer, s.status());
    repeatTo(s, this.#out, peer, true);
  }
}
