import type { CoreInput, Head, Image, Machine, MachineView, Screened, Signatures } from "@fb/consensus/core";
import type { NodeId } from "@fb/types";
import type { RaftConfig } from "./config.ts";
import { commitIfDue, decideIfMajority, onDecided } from "./decide.ts";
import { addVote, onVoteRequest, onVoteResponse, preCampaign } from "./election.ts";
import { onExecuted } from "./execution.ts";
import { follow, onAppend } from "./follow.ts";
import { appendIfExecuted, greet, leaderTick, onAppendResponse, onSealed, ownAck, sealIfDue } from "./lead.ts";
import type { RaftHeading, RaftMsg, RaftRecord } from "./messages.ts";
import { Out, type RaftEffect } from "./out.ts";
import {
  askPeer,
  onRecover,
  onRecovered,
  onRecoverResponse,
  recoverAgainIfDue,
  recoverIfDue,
  recoveryTick,
} from "./recover.ts";
import { screen } from "./screen.ts";
import { RaftState } from "./state.ts";
import { enterTerm, stopLeading } from "./term.ts";

export type RaftInput<P> = CoreInput<RaftMsg<P>, P>;

export interface RaftView extends MachineView {
  /** The block we hold above the head, and as one of which term. */
  readonly tail: { readonly hash: string; readonly term: number } | null;
  readonly votedFor: NodeId | null;
  /** Promises may have been forgotten, or a block that they were about is still missing (SPEC 7.4). */
  readonly recovering: boolean;
}

/** A term is entered only so far above ours, so that no single message uses up all there are (SPEC 2.5). */
const MAX_TERM_STEP = 2 ** 32;

export type RaftMachine<P> = Machine<RaftInput<P>, RaftEffect<P>, RaftView, RaftHeading>;

/** Raft as SPEC.md describes it. `image` is all it remembers of earlier runs. */
export function createRaft<P>(config: RaftConfig, image: Image<RaftRecord<P>>): RaftMachine<P> {
  return new Raft(config, image);
}

class Raft<P> implements RaftMachine<P> {
  readonly #out = new Out<P>();
  readonly #state: RaftState<P>;

  constructor(config: RaftConfig, image: Image<RaftRecord<P>>) {
    this.#state = new RaftState<P>(config, image);
  }

  step(input: RaftInput<P>): readonly RaftEffect<P>[] {
    this.#handle(input);
    this.#progress();
    return this.#out.take();
  }

  screen(from: NodeId, heading: RaftHeading): Screened {
    return screen(this.#state, from, heading);
  }

  view(): RaftView {
    const state = this.#state;
    const role = state.role === "precandidate" ? "candidate" : state.role;
    return {
      role: state.self < 0 ? "observer" : role,
      round: state.term,
      height: state.next,
      leader: state.leader,
      tail: state.tail === null ? null : { hash: state.tail.hash, term: state.tail.term },
      votedFor: state.vote,
      recovering: state.recovery !== null || state.owed !== null || state.settling,
    };
  }

  #handle(input: RaftInput<P>): void {
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
        if (!input.up) break;
        greet(state, this.#out, input.peer);
        askPeer(state, this.#out, input.peer);
        break;
      case "pending":
        // The sealer waits for transactions; a leader asks it in any case.
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
    recoverIfDue(state, out);
    follow(state, out);
    appendIfExecuted(state, out);
    decideIfMajority(state, out);
    commitIfDue(state, out);
    sealIfDue(state, out);
  }

  #tick(): void {
    const state = this.#state;
    const out = this.#out;
    state.ticks += 1;
    state.ahead.tick(out);
    state.fences.tick();
    state.stall.tick([...state.jobs(), out.oldestWaiting?.toString() ?? null]);
    recoveryTick(state, out);
    if (state.leads) {
      leaderTick(state, out);
      return;
    }
    if (!state.timer.tick() || state.self < 0) return;
    if (state.mayCampaign) preCampaign(state, out);
    else state.leader = null;
  }

  #message(from: NodeId, msg: RaftMsg<P>, signatures: Signatures): void {
    const state = this.#state;
    const out = this.#out;
    if (msg.head > state.head.height) state.ahead.seen(out, from, msg.head, state.head.height);
    if (state.self < 0) return;
    if (state.indexOf(from) < 0) {
      // Where it is ahead of us, it may be a sealer by a list that we do not have yet.
      if (msg.head <= state.head.height) out.reject(from, "NOT_A_SEALER");
      return;
    }
    if (termOf(msg) >= Math.max(state.term, state.heard) + MAX_TERM_STEP) {
      out.reject(from, "TOO_FAR");
      return;
    }
    switch (msg.type) {
      case "recover":
        onRecover(state, out, from, msg);
        break;
      case "recoverResponse":
        onRecoverResponse(state, from, msg);
        break;
      case "voteRequest":
        onVoteRequest(state, out, from, msg);
        break;
      case "voteResponse":
        onVoteResponse(state, out, from, msg);
        break;
      case "append":
        onAppend(state, out, from, msg);
        break;
      case "appendResponse":
        if (msg.term > state.term) enterTerm(state, out, msg.term);
        else onAppendResponse(state, out, from, msg, signatures[0]!);
        break;
      case "decided":
        onDecided(state, from, msg);
        break;
      default:
        msg satisfies never;
    }
  }

  #persisted(seq: number, signatures: readonly Signatures[]): void {
    const state = this.#state;
    const { record, send } = this.#out.persisted(seq)!;
    switch (record.type) {
      case "vote":
        state.durableVote = record.term;
        if (record.vote === state.config.self) addVote(state, this.#out, record.term, state.config.self);
        break;
      case "heard":
        state.durableHeard = Math.max(state.durableHeard, record.term);
        break;
      case "recovered":
        onRecovered(state, this.#out, record);
        break;
      default:
        state.durable = record;
        if (state.durableTail !== null && send?.msg.type === "append") ownAck(state, record.hash, signatures[0]![0]!);
    }
  }

  /** SPEC 5.3, 6.1. */
  #newHead(head: Head): void {
    const state = this.#state;
    const before = state.head;
    if (head.height <= before.height) return;
    const decidedHere = state.decided?.checked === true && state.decided.msg.hash === head.hash;
    const ours = state.tail?.hash === head.hash;
    const sameSealers =
      before.sealers.length === head.sealers.length && before.sealers.every((n, i) => n === head.sealers[i]);
    const owed = state.owed !== null;
    state.headCertificate = decidedHere ? state.decided!.msg.certificate : null;
    state.enterHeight(head);
    recoverAgainIfDue(state, this.#out, owed, sameSealers);
    const led = state.leads;
    if (led && (!ours || !sameSealers)) stopLeading(state, this.#out);
    if (sameSealers) return;
    state.fences.keep(head.sealers);
    state.role = "follower";
    state.leader = null;
    state.timer.restart();
    if (led && ours && state.mayCampaign) preCampaign(state, this.#out);
  }
}

/** The highest term a message speaks of. */
function termOf<P>(msg: RaftMsg<P>): number {
  if (msg.type === "recoverResponse") return Math.max(msg.term, msg.heard);
  return msg.type === "decided" ? 0 : msg.term;
}
