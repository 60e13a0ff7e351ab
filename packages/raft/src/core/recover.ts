import type { NodeId } from "@fb/types";
import { preCampaign } from "./election.ts";
import { atLeastAsUpToDate } from "./log.ts";
import type { Position, RecoverMsg, RecoverResponseMsg, Term } from "./messages.ts";
import type { Out } from "./out.ts";
import { type Answer, Recovery } from "./recovery.ts";
import type { RaftState } from "./state.ts";
import { enterTerm } from "./term.ts";

/** Asks, as often as a leader would speak. */
export function recoveryTick<P>(state: RaftState<P>, out: Out<P>): void {
  const { recovery } = state;
  if (recovery === null || state.self < 0 || recovery.persisting) return;
  recovery.fenceTicks += 1;
  recovery.wait -= 1;
  if (recovery.wait > 0) return;
  // Enough have answered; whoever has not yet may show a head that is nearer.
  recovery.wait = recovery.highest === null ? state.config.heartbeatTicks : state.config.maxElectTicks;
  if (state.head.sealers.length > 1) out.send("sealers", question(state, recovery));
}

/** A connection came up: the peer may be the one that was missing. */
export function askPeer<P>(state: RaftState<P>, out: Out<P>, peer: NodeId): void {
  const { recovery } = state;
  if (recovery === null || recovery.persisting || state.self < 0 || state.indexOf(peer) < 0) return;
  out.send(peer, question(state, recovery));
}

function question<P>(state: RaftState<P>, { run, fence }: Recovery): RecoverMsg<P> {
  return { type: "recover", run, term: fence, head: state.head.height };
}

/** SPEC 7.5: a fence is a vote that elects nobody. */
export function onRecover<P>(state: RaftState<P>, out: Out<P>, from: NodeId, msg: RecoverMsg<P>): void {
  const { run, term } = msg;
  const answer = (granted: boolean): RecoverResponseMsg<P> => ({
    type: "recoverResponse",
    run,
    term,
    ...(state.owed ?? state.position),
    heard: Math.max(state.heard, state.term, state.recovery?.fence ?? 0),
    granted,
    forgetful: state.recovery !== null,
  });
  // Of two that have forgotten neither should go on before the other has heard that.
  if (state.recovery !== null && !state.recovery.forgetful.has(from)) askPeer(state, out, from);
  // Once we have said that we would vote above it, the fence proves nothing to a later run of the peer.
  const stands = term > 0 && term === state.term && state.vote === from && state.heard <= term;
  const raises = term > Math.max(state.heard, state.term) && state.fences.mayRaise(from);
  if (state.silent || !(stands || raises)) {
    out.send(from, answer(false));
    return;
  }
  if (raises) {
    state.fences.raised(from, state.config.maxElectTicks);
    enterTerm(state, out, term);
    state.vote = from;
    out.note("info", "fence", { height: state.next, term });
  }
  if (state.durableVote === term) out.send(from, answer(true));
  else out.persist({ type: "vote", term, vote: from }, from, answer(true));
}

export function onRecoverResponse<P>(state: RaftState<P>, from: NodeId, msg: RecoverResponseMsg<P>): void {
  const { recovery } = state;
  if (recovery === null || msg.run !== recovery.run || recovery.persisting) return;
  const { head, tail, heard } = msg;
  // What a peer could not answer for when we first asked, it cannot have promised before that.
  if (msg.forgetful || recovery.forgetful.has(from)) recovery.forgetful.set(from, { head, heard });
  else if (recovery.fence === 0 || recovery.answers.get(from)?.fence !== recovery.fence) {
    recovery.answers.set(from, { head, tail, heard, fence: msg.granted ? msg.term : 0 });
  }
}

/** SPEC 7.4: moves on as soon as enough have answered. */
export function recoverIfDue<P>(state: RaftState<P>, out: Out<P>): void {
  const { recovery } = state;
  if (recovery === null || recovery.persisting) return;
  raiseOrConclude(state, out, recovery);
  if (recovery.highest === null || state.head.height < recovery.highest.head) return;
  recovery.persisting = true;
  enterTerm(state, out, recovery.fence);
  writeRecovered(state, out, state.head.height > recovery.highest.head ? 0 : recovery.highest.tail);
}

function raiseOrConclude<P>(state: RaftState<P>, out: Out<P>, recovery: Recovery): void {
  const { answers, forgetful, fence, fenceTicks } = recovery;
  const others = state.head.sealers.length - 1;
  const needed = state.head.sealers.length - state.quorum + 1;
  const enough = (count: number) => count >= needed || count + forgetful.size >= others;
  if (!enough(answers.size)) return;
  const fenced = [...answers.values()].filter((answer) => answer.fence > 0 && answer.fence === fence);
  const stands = answers.size === 0 || (fence > 0 && enough(fenced.length));
  if (stands) {
    const heads = [...forgetful.values()].map(({ head }) => ({ head, tail: 0 }));
    conclude(state, out, recovery, fenced.length >= needed ? lowest(fenced, needed) : [...heads, ...fenced]);
  }
  if (fence === 0) {
    const isEarly = answers.size + forgetful.size < others && fenceTicks < state.config.heartbeatTicks;
    if (!stands && !isEarly) raise(state, recovery);
    return;
  }
  const refused = [...answers.values()].filter((answer) => hasHeardOf(fence, answer)).length;
  // One that cannot grant it is no reason to put up another while the others will do, unless that takes too long.
  const mayDo = stands || answers.size - refused >= needed;
  const patience = state.config.maxElectTicks * (stands ? recovery.patience : 1);
  if (refused === 0 || (mayDo && fenceTicks < patience)) return;
  if (stands) recovery.patience *= 2;
  raise(state, recovery);
}

function raise<P>(state: RaftState<P>, recovery: Recovery): void {
  const heard = [...recovery.answers.values(), ...recovery.forgetful.values()].map((answer) => answer.heard);
  recovery.fence = Math.max(state.term, state.heard, ...heard) + 1;
  recovery.fenceTicks = 0;
  recovery.wait = 0;
}

/** Any so many will do, so it is those who ask least of us: what one claims that nobody has holds up nothing. */
function lowest(answers: readonly Answer[], count: number): readonly Position[] {
  return [...answers].sort((a, b) => a.head - b.head || a.tail - b.tail).slice(0, count);
}

function conclude<P>(state: RaftState<P>, out: Out<P>, recovery: Recovery, witnesses: readonly Position[]): void {
  const before = recovery.highest;
  const { head, tail } = witnesses.reduce((a, b) => (atLeastAsUpToDate(a, b) ? a : b), { head: 0, tail: 0 });
  recovery.highest = { head, tail };
  if (before?.head === head && before.tail === tail) return;
  out.note("info", "recovery-reaches", { height: state.next, head, tail, fence: recovery.fence });
}

/** The peer cannot grant this fence, because its term may have begun otherwise. */
function hasHeardOf(term: Term, answer: Answer): boolean {
  return answer.fence !== term && answer.heard >= term;
}

function writeRecovered<P>(state: RaftState<P>, out: Out<P>, tail: Term): void {
  out.persist({ type: "recovered", term: state.term, head: state.head.height, tail });
}

/** The word is on the disk: promises count from here. */
export function onRecovered<P>(state: RaftState<P>, out: Out<P>, { head, tail }: Position): void {
  const { recovery } = state;
  if (tail === 0) state.settling = false;
  if (recovery === null || !recovery.persisting) return;
  state.recovery = null;
  if (tail > 0 && head === state.head.height) state.owed = { head, tail };
  else if (tail > 0) settle(state, out);
  out.note("info", "recovered", { height: state.next, term: state.term, tail });
  // Whom the fence deposed is missed.
  if (recovery.fence > 0 && state.leader === null && state.mayCampaign) preCampaign(state, out);
}

/** A block was decided above what we owe, or another list of sealers came into force (SPEC 7.4). */
export function recoverAgainIfDue<P>(state: RaftState<P>, out: Out<P>, owed: boolean, sameSealers: boolean): void {
  if (state.recovery !== null && !sameSealers) state.recovery = new Recovery(state.run);
  if (!owed) return;
  if (sameSealers) settle(state, out);
  else state.recovery = new Recovery(state.run);
}

/** What we owed is decided under the list that we recovered under. */
function settle<P>(state: RaftState<P>, out: Out<P>): void {
  state.settling = true;
  writeRecovered(state, out, 0);
}
