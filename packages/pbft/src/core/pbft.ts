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
import { Ahead } from "./ahead.ts";
import { greet, obtainBody, onBody, onFetch, repeatTo, repeatVotes, resume } from "./catch-up.ts";
import type { PbftConfig } from "./config.ts";
import { FutureBuffer } from "./future-buffer.ts";
import type { PbftHeading, PbftMsg, PbftRecord, PrepareMsg } from "./messages.ts";
import { Out, type PbftEffect } from "./out.ts";
import { considerEarly, leadIfDue, onPrepare, onSealed, stepAsideIfDue } from "./propose.ts";
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
    const state = this.#state;
    if (heading.type === "body")
      return this.#requests.expects(from, heading.executed.hash) ? TAKE : refuse("UNEXPECTED");
    if (heading.height === state.height) return screen(state, from, heading);
    // These cost nothing, and show where we and the others are.
    if (heading.type === "status" || heading.type === "fetch") return TAKE;
    if (heading.height < state.height)
      return heading.type === "sign" || heading.type === "commit" ? IGNORE : refuse("STALE");
    if (heading.height === state.height + 1 && this.#future.wants(from, heading)) return TAKE;
    return this.#ahead.knows(from) ? refuse("TOO_FAR") : TAKE;
  }

  view(): PbftView {
    const state = this.#state;
    const leader = state.n === 0 ? null : state.node(state.leader(state.view));
    return {
      role: state.self < 0 ? "observer" : leader === this.#config.self ? "leader" : "follower",
      round: state.view,
      height: state.height,
      leader,
      target: state.target,
      lock: state.lock === null ? null : { view: state.lock.view, hash: state.lock.hash },
      timing: this.#timer.running,
      stalled: state.stalled,
    };
  }

  #handle(input: PbftInput<P>): void {
    const state = this.#state;
    switch (input.type) {
      case "tick":
        this.#tick();
        break;
      case "msg":
        this.#message(input.from, input.msg, input.signatures);
        break;
      case "proposal":
        onSealed(state, this.#out, input.round, input.proposal);
        break;
      case "executed":
        onExecuted(state, this.#out, input.key, input.outcome);
        break;
      case "persisted":
        this.#persisted(input.seq, input.signatures);
        break;
      case "head":
        this.#newHead(input.head);
        break;
      case "peer":
        if (input.up) greet(state, this.#out, input.peer);
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
    const state = this.#state;
    const out = this.#out;
    if (state.self < 0) return;
    this.#noteStall();
    joinIfDue(state, out);
    const entered = enterIfDue(state, out);
    if (entered) considerEarly(state, out);
    journalLock(state, out);
    leadIfDue(state, out);
    signIfDue(state, out);
    commitIfDue(state, out);
    storeIfDue(state, out);
    obtainBody(state, out, this.#requests);
    joinIfDue(state, out);
    this.#watch(entered);
  }

  /** Keeps the view timer: running exactly while there is something to agree on (SPEC 6.6). */
  #watch(entered: boolean): void {
    const state = this.#state;
    const accepted = state.current !== null && state.current !== this.#timed;
    this.#timed = state.current;
    if (!state.hasBusiness(this.#pending)) {
      this.#timer.stop();
      return;
    }
    if (entered || accepted || !this.#timer.running) this.#timer.restart(state.failures);
    // Where all hang, they would hand each other the lead for ever.
    if (!this.#steppedAside) this.#steppedAside = stepAsideIfDue(state, this.#out);
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
    const state = this.#state;
    const out = this.#out;
    out.tick();
    this.#ahead.tick(out);
    if (state.fetching !== null && state.fetching.wait > 0) state.fetching.wait -= 1;
    const { expired, repeat } = this.#timer.tick();
    if (repeat) repeatVotes(state, out);
    if (!expired) return;
    this.#steppedAside = false;
    // While a view change is under way there is nothing to give up; asking again is all that helps.
    if (state.target === state.view && state.promises) {
      out.note("info", "view-timeout", { height: state.height, view: state.view });
      askForView(state, out, state.view + 1);
    }
    this.#timer.restart(state.failures);
  }

  #message(from: NodeId, msg: PbftMsg<P>, signatures: Signatures): void {
    const state = this.#state;
    const out = this.#out;
    const screened = this.screen(from, msg);
    if (!screened.take) {
      if (screened.code !== null) out.reject(from, screened.code);
      return;
    }
    if (msg.type === "body") this.#requests.answered(from, msg.executed.hash);
    if (msg.height > state.height) this.#early(from, msg, signatures);
    else if (msg.height === state.height) this.#now(from, msg, signatures);
    else if (msg.type !== "body") out.answer(from, state.status());
  }

  /** A message of the height being decided that was not screened off. */
  #now(from: NodeId, msg: PbftMsg<P>, signatures: Signatures): void {
    const state = this.#state;
    const out = this.#out;
    switch (msg.type) {
      case "prepare":
        onPrepare(state, out, from, msg);
        break;
      case "sign":
      case "commit":
        onVote(state, out, from, msg, signatures[0]!);
        break;
      case "viewChange":
        onViewChange(state, out, from, msg);
        break;
      case "status":
        repeatTo(state, out, from, msg.lacksBlock);
        break;
      case "fetch":
        onFetch(state, out, from, msg.hash);
        break;
      case "body":
        onBody(state, out, from, msg);
        break;
      default:
        msg satisfies never;
    }
  }

  #early(from: NodeId, msg: PbftMsg<P>, signatures: Signatures): void {
    const state = this.#state;
    this.#ahead.seen(this.#out, from, msg.height, state.height);
    if (msg.type === "status" || msg.type === "fetch" || msg.type === "body") return;
    if (msg.height === state.height + 1 && this.#future.wants(from, msg)) this.#future.add({ from, msg, signatures });
    else this.#out.reject(from, "TOO_FAR");
  }

  #persisted(seq: number, signatures: readonly Signatures[]): void {
    const state = this.#state;
    this.#out.persisted(seq).forEach(({ msg }, i) => {
      if (msg.height !== state.height) return;
      if (msg.type === "prepare") state.own.prepare = msg;
      if (msg.type === "viewChange") {
        state.own.viewChange = msg;
        state.asked[state.self] = Math.max(state.asked[state.self]!, msg.view);
      }
      if (msg.type !== "sign" && msg.type !== "commit") return;
      state.own[msg.type] = msg;
      onVote(state, this.#out, this.#config.self, msg, signatures[i]![0]!);
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

  #resume(): void {
    const first = !this.#resumed;
    this.#resumed = true;
    resume(this.#state, this.#out, first);
  }
}
