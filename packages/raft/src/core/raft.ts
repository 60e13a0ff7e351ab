import type { CoreInput, Head, Image, Machine, MachineView, Screened, Signatures } from "@fb/consensus/core";
import type { NodeId } from "@fb/types";
import { commitIfDue, concludeIfDue, onDecided } from "./decide.ts";
import { addVote, onVoteRequest, onVoteResponse, preCampaign } from "./election.ts";
import { onExecuted } from "./execution.ts";
import { follow, onAppend } from "./follow.ts";
import { appendIfExecuted, greet, leaderTick, onAppendResponse, onSealed, ownAck, sealIfDue } from "./lead.ts";
import type { RaftConfig, RaftHeading, RaftMsg, RaftRecord } from "./messages.ts";
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
    const s = this.#state;
    const role = s.role === "precandidate" ? "candidate" : s.role;
    return {
      role: s.self < 0 ? "observer" : role,
      round: s.term,
      height: s.next,
      leader: s.leader,
      tail: s.tail === null ? null : { hash: s.tail.hash, term: s.tail.term },
      votedFor: s.vote,
      recovering: s.recovery !== null || s.owed !== null || s.settling,
    };
  }

  #handle(input: RaftInput<P>): void {
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
        if (!input.up) break;
        greet(s, this.#out, input.peer);
        askPeer(s, this.#out, input.peer);
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
    const s = this.#state;
    const out = this.#out;
    if (s.self < 0) return;
    recoverIfDue(s, out);
    follow(s, out);
    appendIfExecuted(s, out);
    concludeIfDue(s, out);
    commitIfDue(s, out);
    sealIfDue(s, out);
  }

  #tick(): void {
    const s = this.#state;
    const out = this.#out;
    s.ticks += 1;
    s.ahead.tick(out);
    s.fences.tick();
    s.stall.tick([...s.jobs(), out.oldestWaiting?.toString() ?? null]);
    recoveryTick(s, out);
    if (s.leads) {
      leaderTick(s, out);
      return;
    }
    if (!s.timer.tick() || s.self < 0) return;
    if (s.mayCampaign) preCampaign(s, out);
    else s.leader = null;
  }

  #message(from: NodeId, msg: RaftMsg<P>, signatures: Signatures): void {
    const s = this.#state;
    const out = this.#out;
    if (msg.head > s.head.height) s.ahead.seen(out, from, msg.head, s.head.height);
    if (s.self < 0) return;
    if (s.indexOf(from) < 0) {
      // Where it is ahead of us, it may be a sealer by a list that we do not have yet.
      if (msg.head <= s.head.height) out.reject(from, "NOT_A_SEALER");
      return;
    }
    if (termOf(msg) >= Math.max(s.term, s.heard) + MAX_TERM_STEP) {
      out.reject(from, "TOO_FAR");
      return;
    }
    switch (msg.type) {
      case "recover":
        onRecover(s, out, from, msg);
        break;
      case "recoverResponse":
        onRecoverResponse(s, from, msg);
        break;
      case "voteRequest":
        onVoteRequest(s, out, from, msg);
        break;
      case "voteResponse":
        onVoteResponse(s, out, from, msg);
        break;
      case "append":
        onAppend(s, out, from, msg);
        break;
      case "appendResponse":
        if (msg.term > s.term) enterTerm(s, out, msg.term);
        else onAppendResponse(s, out, from, msg, signatures[0]!);
        break;
      case "decided":
        onDecided(s, from, msg);
        break;
      default:
        msg satisfies never;
    }
  }

  #persisted(seq: number, signatures: readonly Signatures[]): void {
    const s = this.#state;
    const { record, send } = this.#out.persisted(seq)!;
    switch (record.type) {
      case "vote":
        s.durableVote = record.term;
        if (record.vote === s.config.self) addVote(s, this.#out, record.term, s.config.self);
        break;
      case "heard":
        s.durableHeard = Math.max(s.durableHeard, record.term);
        break;
      case "recovered":
        onRecovered(s, this.#out, record);
        break;
      default:
        s.durable = record;
        if (s.durableTail !== null && send?.msg.type === "append") ownAck(s, record.hash, signatures[0]![0]!);
    }
  }

  /** SPEC 5.3, 6.1. */
  #newHead(head: Head): void {
    const s = this.#state;
    const before = s.head;
    if (head.height <= before.height) return;
    const decidedHere = s.decided?.checked === true && s.decided.msg.hash === head.hash;
    const ours = s.tail?.hash === head.hash;
    const sameSealers =
      before.sealers.length === head.sealers.length && before.sealers.every((n, i) => n === head.sealers[i]);
    const owed = s.owed !== null;
    s.headCertificate = decidedHere ? s.decided!.msg.certificate : null;
    s.enterHeight(head);
    recoverAgainIfDue(s, this.#out, owed, sameSealers);
    const led = s.leads;
    if (led && (!ours || !sameSealers)) stopLeading(s, this.#out);
    if (sameSealers) return;
    s.fences.keep(head.sealers);
    s.role = "follower";
    s.leader = null;
    s.timer.restart();
    if (led && ours && s.mayCampaign) preCampaign(s, this.#out);
  }
}

/** The highest term a message speaks of. */
function termOf<P>(msg: RaftMsg<P>): number {
  if (msg.type === "recoverResponse") return Math.max(msg.term, msg.heard);
  return msg.type === "decided" ? 0 : msg.term;
}
